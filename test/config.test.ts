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

  test("takes directories of people where they are set up, and sends a token nowhere unsafe", () => {
    const token = "a-pagerduty-secret";
    expect(readConfig(good).people).toEqual({});
    expect(readConfig({ ...good, JIT_PAGERDUTY_TOKEN: token, JIT_MANAGER_FIELD: "Xf0123" }).people).toEqual({
      pagerDuty: { token, region: "us" },
      managerField: "Xf0123",
    });
    for (const endpoint of [
      "http://pagerduty.example.com",
      "https://example.com/path",
      "https://a@example.com",
    ]) {
      const mistakes = mistakesOf({ ...good, JIT_PAGERDUTY_TOKEN: token, JIT_PAGERDUTY_ENDPOINT: endpoint });
      expect(mistakes).toEqual([expect.stringContaining("JIT_PAGERDUTY_ENDPOINT")]);
      expect(mistakes.join()).not.toContain(token);
    }
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

  describe("never lets a Slack that is not Slack's decide about a real AWS, nor the other way round", () => {
    const local = "http://127.0.0.1:9";

    test.each([
      "http://127.0.0.1:3/api/",
      "http://127.1:3/api/",
      "http://slack-sandbox:3000/api/",
      "http://host.docker.internal:3000/api/",
      "http://0.0.0.0:3000/api/",
      "http://[::1]:3000/api/",
      "http://[::ffff:127.0.0.1]:3000/api/",
      "http://192.0.2.7/api/",
      "http://localhost.:3/api/",
      "http://slack.com/api/",
      "https://slack.com:8443/api/",
      "https://slack.com.example.com/api/",
      "https://slack.com@example.com/api/",
      "https://notslack.com/api/",
    ])("%s is no Slack of Slack's", (apiUrl) => {
      expect(mistakesOf({ ...good, SLACK_API_URL: apiUrl })).toEqual([
        expect.stringContaining("a local Slack could approve access to real data"),
      ]);
      expect(mistakesOf({ ...good, SLACK_API_URL: apiUrl, AWS_ENDPOINT_URL: local })).toEqual([]);
      expect(mistakesOf({ ...good, SLACK_API_URL: apiUrl, JIT_ALLOW_MIXED: "yes" })).toEqual([]);
    });

    test.each(["https://slack.com/api/", "https://acme.slack.com/api/", "https://slack-gov.com/api/"])(
      "%s is Slack's own",
      (apiUrl) => {
        expect(mistakesOf({ ...good, SLACK_API_URL: apiUrl })).toEqual([]);
        expect(mistakesOf({ ...good, SLACK_API_URL: apiUrl, AWS_ENDPOINT_URL: local })).toHaveLength(1);
      },
    );

    test.each(["localhost", "LOCALHOST.", "127.0.0.1", "127.8.0.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])(
      "an AWS at %s is a local one",
      (host) => {
        const endpoint = { AWS_ENDPOINT_URL: `http://${host}:1` };
        expect(mistakesOf({ ...good, ...endpoint })).toEqual([expect.stringContaining("loopback")]);
        expect(mistakesOf({ ...good, ...endpoint, SLACK_API_URL: `${local}/api/` })).toEqual([]);
      },
    );

    test.each([
      "http://127.example.com",
      "http://localhost.example.com",
      "http://[::ffff:192.0.2.1]",
      "https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com",
    ])("an AWS at %s may be a real one", (endpoint) => {
      expect(mistakesOf({ ...good, AWS_ENDPOINT_URL: endpoint })).toEqual([]);
      expect(
        mistakesOf({ ...good, AWS_ENDPOINT_URL: endpoint, SLACK_API_URL: `${local}/api/` }),
      ).toHaveLength(1);
    });
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
