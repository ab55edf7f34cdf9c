import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { jit } from "../../src/cli/jit.ts";
import { runbookCopies } from "../flows/runbook-copies.ts";

const shipped = join(import.meta.dirname, "../../runbooks");
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "jit-iam-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function run(args: string[], env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await jit(["iam", ...args], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

async function file(content: unknown): Promise<string> {
  const path = join(dir, `deployed-${Math.random().toString(36).slice(2)}.json`);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("jit iam", () => {
  test("prints a CloudFormation template, the same each time", async () => {
    const first = await run([shipped]);
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toMatch(/^# Made by jit iam from .*, digest [0-9a-f]{64}\./);
    const { Resources } = parse(first.out) as { Resources: Record<string, unknown> };
    expect(Object.keys(Resources)).toEqual(
      expect.arrayContaining(["JitBot", "JitDataDynamodbRead", "JitJanitorAthena"]),
    );
    expect((await run([shipped])).out).toBe(first.out);
  });

  test("takes table and region from the environment, and the bot and where it runs from the call", async () => {
    const { out } = await run(
      [
        shipped,
        "--format",
        "json",
        "--bot",
        "arn:aws:iam::444455556666:role/ops/bot",
        "--runs-on",
        "ec2.amazonaws.com",
      ],
      { JIT_TABLE: "our-requests", AWS_REGION: "eu-central-1" },
    );
    const { roles } = JSON.parse(out) as { roles: { arn: string; path: string; trust: unknown }[] };
    expect(roles[0]).toMatchObject({
      arn: "arn:aws:iam::444455556666:role/ops/bot",
      path: "/ops/",
      trust: { Statement: [{ Principal: { Service: "ec2.amazonaws.com" } }] },
    });
    expect(out).toContain("arn:aws:dynamodb:eu-central-1:444455556666:table/our-requests");
    expect(JSON.stringify(roles[1]?.trust)).toContain("arn:aws:iam::444455556666:role/ops/bot");
  });

  test("makes one template an account: with roles in two, the caller chooses", async () => {
    const bot = ["--bot", "arn:aws:iam::444455556666:role/jit-bot"];
    expect(await run([shipped, ...bot])).toMatchObject({
      code: 1,
      err: expect.stringContaining("choose with --account ID"),
    });
    const only = await run([shipped, ...bot, "--account", "444455556666", "--format", "terraform"]);
    const { resource } = JSON.parse(only.out) as { resource: { aws_iam_role: object } };
    expect(Object.keys(resource.aws_iam_role)).toEqual(["jit-bot"]);
    expect((await run([shipped, "--account", "999999999999"])).code).toBe(1);
  });

  test("refuses an external id that the bot would not pass, and warns when there is none", async () => {
    expect(await run([shipped, "--external-id", "another"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("another externalId"),
    });
    await using copies = await runbookCopies({
      "datasources.yml": (text) => text.replaceAll(/^ +externalId: .*\n/gm, ""),
    });
    const none = await run([copies.dir]);
    expect(none).toMatchObject({ code: 0, err: expect.stringContaining("has no externalId") });
    expect(none.out).not.toContain("sts:ExternalId");
    const given = await run([copies.dir, "--external-id", "given-here"]);
    expect(given.err).toContain("or the bot can't assume it");
    expect(given.out).toContain("sts:ExternalId: given-here");
  });

  test("fails with the usage for a flag too many, a format that there is not, or a value too few", async () => {
    for (const args of [
      ["--fix"],
      ["--format", "bicep"],
      ["--format"],
      ["--diff", "--role"],
      ["a", "b"],
      ["--format", "toString"],
    ])
      expect(await run(args)).toMatchObject({ code: 2, err: expect.stringContaining("Usage: jit iam") });
  });

  test("names what is wrong with the runbooks instead of printing roles", async () => {
    expect(await run(["/nowhere"])).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("ENOENT"),
    });
  });
});

describe("jit iam --diff", () => {
  test("finds no difference in what it printed itself", async () => {
    const printed = await run([shipped, "--format", "json"]);
    const same = await run([shipped, "--diff", await file(printed.out)]);
    expect(same).toMatchObject({ code: 0, err: "" });
    expect(same.out.match(/: 0 difference\(s\)/g)).toHaveLength(6);
  });

  test("says what would shrink when a runbook is gone, and what a new one lacks", async () => {
    await using fewer = await runbookCopies({
      "access.yml": (text) => text.replaceAll("runbooks: [orders-*]", "runbooks: [orders-by-id]"),
    });
    const [all, few] = [await run([shipped, "--format", "json"]), await run([fewer.dir, "--format", "json"])];
    const shrinks = await run([fewer.dir, "--diff", await file(all.out)]);
    expect(shrinks.code).toBe(1);
    expect(shrinks.out).toMatch(
      /unreachable dynamodb:Query on .*\/index\/gsi-status: no published runbook can reach it\./,
    );
    const lacks = await run([shipped, "--diff", await file(few.out)]);
    expect(lacks.code).toBe(1);
    expect(lacks.out).toMatch(
      /missing {5}dynamodb:Query on .*gsi-status is denied; needed by orders-stuck-by-status/,
    );
  });

  test("compares one bare policy with the role that is named", async () => {
    const bare = await file({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "dynamodb:*", Resource: "*" },
    });
    const named = await run([shipped, "--diff", bare, "--role", "jit-data-dynamodb-read"]);
    expect(named.code).toBe(1);
    expect(named.out).toContain(
      "wider       dynamodb:* on *: only dynamodb:GetItem and dynamodb:Query are needed.",
    );
    expect((await run([shipped, "--diff", bare])).code).toBe(1);
  });

  test("says which roles are not in the file, and when the file is none of roles", async () => {
    const printed = JSON.parse((await run([shipped, "--format", "json"])).out) as { roles: object[] };
    const some = await file({ ...printed, roles: printed.roles.slice(0, 2) });
    const found = await run([shipped, "--diff", some]);
    expect(found.code).toBe(1);
    expect(found.out).toContain("role/jit-janitor-athena: not in the file");
    for (const other of ["{", "{}"]) {
      const wrong = await run([shipped, "--diff", await file(other)]);
      expect(wrong).toMatchObject({ code: 1, err: expect.stringMatching(/is not JSON|is no role document/) });
    }
    expect(await run([shipped, "--diff", join(dir, "none.json")])).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /none\.json can't be read \(ENOENT\)\. Make it .*: aws iam get-account-authorization-details --filter Role/,
      ),
    });
  });
});
