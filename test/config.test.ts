import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { environment, readConfig, readTableConfig } from "../src/config.ts";
import { ConfigError } from "../src/errors.ts";

const good = {
  AWS_REGION: "eu-west-1",
  REDIS_URL: "redis://127.0.0.1:6379",
  SLACK_BOT_TOKEN: "xoxb-1",
  SLACK_APP_TOKEN: "xapp-1",
};

function mistakesOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes;
  }
}

describe("the configuration", () => {
  test("fills in safe defaults and can't be changed afterwards", () => {
    const config = readConfig(good);
    expect(config).toMatchObject({
      roles: ["bot", "worker"],
      table: "jit-requests",
      slack: { transport: "socket" },
    });
    expect(() => Object.assign(config, { table: "other" })).toThrow(TypeError);
  });

  test("lists all mistakes at once, and no secret's value", () => {
    const mistakes = mistakesOf({
      ...good,
      SLACK_BOT_TOKEN: "xoxp-a-person's-secret",
      AWS_REGION: "somewhere",
      REDIS_URL: "http://127.0.0.1",
      JIT_ROLES: "bot,janitor",
      JIT_HEALTH_PORT: "70000",
      SLACK_ALLOWED_TEAMS: "acme",
    });
    expect(mistakes).toHaveLength(6);
    expect(mistakes.join("\n")).not.toContain("secret");
  });

  test("names what is missing with what it is for", () => {
    expect(mistakesOf({}).map((mistake) => mistake.split(" ")[0])).toEqual([
      "AWS_REGION",
      "SLACK_BOT_TOKEN",
      "REDIS_URL",
      "SLACK_APP_TOKEN",
    ]);
  });

  test("the http transport needs a signing secret instead of an app token", () => {
    const { SLACK_APP_TOKEN: _, ...rest } = good;
    expect(mistakesOf({ ...rest, SLACK_TRANSPORT: "http" })).toEqual([
      expect.stringContaining("SLACK_SIGNING_SECRET is missing"),
    ]);
    expect(mistakesOf({ ...rest, SLACK_TRANSPORT: "http", SLACK_SIGNING_SECRET: "s" })).toEqual([]);
  });

  test("a local Slack never meets a real AWS, nor the other way round, unless told so", () => {
    const local = "http://127.0.0.1:9";
    for (const mixed of [{ SLACK_API_URL: `${local}/api/` }, { AWS_ENDPOINT_URL: local }] as Record<
      string,
      string
    >[]) {
      expect(mistakesOf({ ...good, ...mixed })).toEqual([expect.stringContaining("loopback")]);
      expect(mistakesOf({ ...good, ...mixed, JIT_ALLOW_MIXED: "yes" })).toEqual([]);
    }
    expect(mistakesOf({ ...good, SLACK_API_URL: `${local}/api/`, AWS_ENDPOINT_URL: local })).toEqual([]);
    for (const host of ["localhost", "127.8.0.1", "[::1]"]) {
      expect(mistakesOf({ ...good, AWS_ENDPOINT_URL: `http://${host}:1` })).toHaveLength(1);
    }
  });

  test("setup needs the table's part alone", () => {
    expect(readTableConfig({ AWS_REGION: "eu-west-1" })).toEqual({
      table: "jit-requests",
      region: "eu-west-1",
    });
    expect(() => readTableConfig({})).toThrow(ConfigError);
  });

  test("docs/configuration.md has a true row for every variable and none besides", () => {
    const text = readFileSync("docs/configuration.md", "utf8");
    const rows = Object.entries(environment).map(([name, { text: meaning, fallback }]) => {
      const shown = fallback === undefined ? "required" : fallback === "" ? "none" : `\`${fallback}\``;
      return `| \`${name}\` | ${shown} | ${meaning} |`;
    });
    expect(
      text
        .split("\n")
        .map((line) => line.replaceAll(/ +/g, " "))
        .filter((line) => /^\| `[A-Z_]+`/.test(line)),
    ).toEqual(rows);
  });
});
