import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RunbookError } from "../../src/errors.ts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import type { DataSourcesFile } from "../../src/runbook/data-sources.ts";
import { files, load, runbook, runbookDir, today } from "./fixture.ts";

function tableOf({ datasources: { things } }: DataSourcesFile) {
  if (things?.service !== "dynamodb") throw new Error("no table");
  return things;
}

describe("loading a catalogue", () => {
  test("gives runbooks, data sources with their targets, access and a digest", async () => {
    const { catalogue } = await load(files());
    expect(catalogue?.runbooks.get("things-by-owner")).toMatchObject({
      fileName: "things-by-owner.yml",
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(catalogue?.dataSources.get("things")).toMatchObject({
      name: "things",
      table: "things",
      schema: {
        keys: { partitionKey: "owner_id", sortKey: "thing_id" },
        indexes: { "by-state": { type: "GSI" } },
      },
      target: {
        dataSource: "things",
        service: "dynamodb",
        environment: "production",
        partition: "aws",
        account: "111122223333",
        region: "eu-west-1",
        role: "arn:aws:iam::111122223333:role/data-read",
      },
    });
    expect(catalogue?.access.policies[0]?.pendingMinutes).toBe(60);
    expect(catalogue?.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test("finds nothing to warn of in the runbooks that are shipped", async () => {
    const shipped = join(import.meta.dirname, "../../runbooks");
    const { catalogue, warnings } = await loadCatalogue(shipped, { today });
    expect(warnings).toEqual([]);
    const found = (await readdir(shipped)).filter((name) => /^[a-z0-9-]+\.yml$/.test(name));
    const names = found.map((name) => name.replace(".yml", ""));
    expect([...catalogue.runbooks.keys()]).toEqual(
      names.filter((name) => name !== "access" && name !== "datasources").sort(),
    );
  });

  test("is all or nothing: one bad file refuses the good ones, and the problems of all files come at once", async () => {
    const bad = runbook();
    bad.metadata.name = "things-bad";
    bad.datasource = "stuff";
    const { catalogue, errors } = await load({
      ...files(),
      "things-bad.yml": bad,
      "things-worse.yml": "name: [",
      "access.yml": { groups: {}, admins: ["ops"], policies: [] },
    });
    expect(catalogue).toBeUndefined();
    expect(errors.map((line) => line.replace(/:.*/, ""))).toEqual(
      expect.arrayContaining(["things-bad.yml", "things-worse.yml", "access.yml"]),
    );
  });

  test("does not blame a runbook for another file that can't be read", async () => {
    const { errors } = await load({ ...files(), "datasources.yml": "targets: [", "access.yml": "- x" });
    expect(errors.some((line) => line.startsWith("things-by-owner.yml"))).toBe(false);
  });

  test.each(["datasources.yml", "access.yml", "things-by-owner.yml"])(
    "refuses a directory without %s",
    async (name) => {
      const some = Object.fromEntries(Object.entries(files()).filter(([file]) => file !== name));
      expect((await load(some)).errors.join("\n")).toMatch(
        name === "things-by-owner.yml" ? /no runbook/ : `${name}: the file is missing`,
      );
    },
  );

  test("refuses a file that ends in .yaml, which would be overlooked", async () => {
    expect((await load({ ...files(), "more.yaml": runbook() })).errors).toEqual([
      "more.yaml: files end in .yml; this one would be overlooked",
    ]);
  });

  test("refuses a directory that is not there, or a directory instead of a file", async () => {
    await expect(loadCatalogue("/nowhere/at/all")).rejects.toThrow(/can't be read: ENOENT/);
    await using made = await runbookDir(files());
    await mkdir(join(made.dir, "folder.yml"));
    await expect(loadCatalogue(made.dir, { today })).rejects.toThrow(
      /folder\.yml: RB001: the file can't be read: EISDIR/,
    );
  });

  test("refuses a huge file without reading it whole", async () => {
    const { errors } = await load({ ...files(), "huge.yml": Buffer.alloc(5_000_000, "a") });
    expect(errors).toEqual(["huge.yml: RB001: the file is larger than 256 KB"]);
  });

  test("asks the given checks about every shape, bound to the longest values", async () => {
    await using made = await runbookDir(files());
    const seen: unknown[] = [];
    const loading = loadCatalogue(made.dir, {
      today,
      checks: ({ metadata }, shapes, dataSource) => {
        seen.push(dataSource.name, ...shapes.map(({ given }) => given));
        const [first] = shapes.flatMap(({ calls }) => calls);
        expect(JSON.stringify(first)).toMatch(/":owner":\{"S":"\dW{5}"\}/);
        return [{ file: `${metadata.name}.yml`, message: "IAM04: too long" }];
      },
    });
    await expect(loading).rejects.toThrow(RunbookError);
    expect(seen).toEqual(["things", [], ["min_size"]]);
  });

  test("two runbooks can't have one name", async () => {
    const { errors } = await load({ ...files(), "things-copy.yml": runbook() });
    expect(errors).toEqual(["things-copy.yml:4:3 metadata.name: RB002: the file is called things-copy.yml"]);
  });

  test("the digest counts what data sources and access say, too", async () => {
    const plain = (await load(files())).catalogue?.digest;
    const all = files();
    all["access.yml"].groups["deciders"]?.members?.push("U9");
    expect((await load(all)).catalogue?.digest).not.toBe(plain);
  });
});

describe("access.yml", () => {
  test.each<[string, (all: ReturnType<typeof files>) => void, RegExp]>([
    [
      "an unknown group in a policy",
      ({ "access.yml": a }) => a.policies[0]?.requesters.push("x"),
      /policies\[0\]\.requesters\[1\]: ACC01.*known: askers, deciders/,
    ],
    [
      "an unknown group of approvers",
      ({ "access.yml": a }) => a.policies[0]?.approval.approvers?.push("x"),
      /ACC01/,
    ],
    ["an unknown group of admins", ({ "access.yml": a }) => a.admins.push("x"), /admins\[1\]: ACC01/],
    ["a group that every object has", ({ "access.yml": a }) => a.admins.push("constructor"), /ACC01/],
    [
      "two policies of one name",
      ({ "access.yml": a }) => a.policies.push(structuredClone(a.policies[0]!)),
      /ACC02/,
    ],
    [
      "a delegation to who is somebody else for each request",
      ({ "access.yml": a }) => {
        a.groups["boss"] = { manager: "requester" };
        a.delegation = { to: ["deciders", "boss"] };
      },
      /delegation\.to\[1\]: ACC18/,
    ],
    [
      "an escalation to an unknown group",
      ({ "access.yml": a }) => {
        const escalate = { afterMinutes: 10, to: ["x"] };
        a.policies[0]!.approval = { steps: [{ name: "owner", anyOf: ["deciders"], count: 1, escalate }] };
      },
      /steps\[0\]\.escalate\.to\[0\]: ACC01/,
    ],
    [
      "reminders that come faster and faster",
      ({ "access.yml": a }) => (a.policies[0]!.reminders = { afterMinutes: [15, 20] }),
      /after at least as long a wait/,
    ],
    [
      "more than three reminders",
      ({ "access.yml": a }) => (a.policies[0]!.reminders = { afterMinutes: [1, 2, 3, 4] }),
      /three reminders are the most/,
    ],
    [
      "quiet hours of no clock",
      ({ "access.yml": a }) => (a.policies[0]!.reminders = { afterMinutes: [5], quietHours: "22-7" }),
      /quiet hours are like 22:00-07:00/,
    ],
    [
      "a member twice",
      ({ "access.yml": a }) => a.groups["askers"]?.members?.push("U1"),
      /ACC04: U1 is listed twice/,
    ],
    [
      "a member by name",
      ({ "access.yml": a }) => a.groups["askers"]?.members?.push("kim"),
      /a member is a Slack user id/,
    ],
    [
      "a member by address",
      ({ "access.yml": a }) => a.groups["askers"]?.members?.push("kim@example.com"),
      /Slack user id/,
    ],
    [
      "nobody to approve",
      ({ "access.yml": a }) => Object.assign(a.policies[0]?.approval ?? {}, { approvers: [] }),
      /means nobody/,
    ],
    [
      "no approval needed",
      ({ "access.yml": a }) => Object.assign(a.policies[0]?.approval ?? {}, { count: 0 }),
      /at least 1/,
    ],
    [
      "a runbook that there is not",
      ({ "access.yml": a }) => a.policies[0]?.runbooks?.push("gone"),
      /ACC05: no runbook is called "gone"/,
    ],
    [
      "a star in the middle",
      ({ "access.yml": a }) => a.policies[0]?.runbooks?.push("th*ngs"),
      /a beginning followed by/,
    ],
    [
      "an unknown key",
      ({ "access.yml": a }) => Object.assign(a, { everybody: true }),
      /"everybody" is not known/,
    ],
    [
      "a channel by name",
      ({ "access.yml": a }) => Object.assign(a.policies[0] ?? {}, { channel: "#ops" }),
      /channel id/,
    ],
  ])("with %s is refused", async (_, change, sentence) => {
    const all = files();
    change(all);
    const { errors } = await load(all);
    expect(errors.join("\n")).toMatch(sentence);
    expect(errors.every((line) => /^access\.yml:\d+:\d+ /.test(line))).toBe(true);
  });

  test("warns of an empty group, a pattern without runbooks and a runbook without policy", async () => {
    const all = files();
    all["access.yml"].groups["empty"] = { members: [] };
    all["access.yml"].policies[0]!.runbooks = ["other-*"];
    const { errors, warnings } = await load(all);
    expect(errors).toEqual([]);
    expect(warnings.map((line) => /ACC\d\d/.exec(line)?.[0])).toEqual(["ACC03", "ACC05", "ACC06"]);
  });

  test("warns of a step, also of a rule, that has too few people (ACC25)", async () => {
    const all = files();
    const access = all["access.yml"];
    const [policy] = access.policies;
    access.rules = [
      { name: "more", require: "true", steps: [{ name: "all", allOf: ["deciders", "askers"], count: 3 }] },
    ];
    Object.assign(policy ?? {}, { approval: { approvers: ["deciders"], count: 3 } });
    const few = (loaded: { warnings: string[] }) => loaded.warnings.filter((line) => line.includes("ACC25"));
    expect(few(await load(all))).toEqual([
      expect.stringMatching(/policies\[0\]\.approval: ACC25: .*3 of deciders must, and 2 can/),
      expect.stringMatching(/rules\[0\]\.steps\[0\]\.count: ACC25: .*3 of deciders must, and 2 can/),
      expect.stringMatching(/rules\[0\]\.steps\[0\]\.count: ACC25: .*3 of askers must, and 2 can/),
    ]);
    access.groups["deciders"] = { userGroup: "S0DECIDERS" };
    access.groups["askers"] = { members: ["U1", "U2", "U9"] };
    access.admins = ["askers"];
    expect(few(await load(all))).toEqual([]);
  });

  test("warns of a canary that a policy lets at no exact name (ACC24)", async () => {
    const all = files();
    const [policy] = all["access.yml"].policies;
    Object.assign(policy ?? {}, { canary: true });
    expect((await load(all)).warnings).toEqual([
      expect.stringMatching(/^access\.yml:\d+:\d+ policies\[0\]\.canary: ACC24: .*exact name/),
    ]);
    policy?.runbooks?.push("things-by-owner");
    expect((await load(all)).warnings).toEqual([]);
  });

  test("warns of a user id that stands under several teams, since it counts as one person", async () => {
    const all = files();
    all["access.yml"].groups["askers"]?.members?.push("T1:U8", "T2:U8", "T1:U9");
    all["access.yml"].groups["deciders"]?.members?.push("T1:U9", "U9");
    const { errors, warnings } = await load(all);
    expect(errors).toEqual([]);
    const several = warnings.filter((line) => line.includes("ACC07"));
    expect(several).toHaveLength(2);
    expect(several[0]).toMatch(/^access\.yml:\d+:\d+ groups\.askers\.members\[\d+\]: ACC07.*U8.*T1 and T2/);
    expect(several[1]).toMatch(/groups\.deciders.*U9.*T1 and the bot's own team/);
  });

  test("refuses a group of more than 500 people who could approve, with its line; who only ask may be more", async () => {
    const many = (length: number) => Array.from({ length }, (_, at) => `U1${at}`);
    const all = files();
    all["access.yml"].groups["askers"]?.members?.push(...many(600));
    expect((await load(all)).errors).toEqual([]);
    all["access.yml"].groups["deciders"]!.members = many(501);
    const { errors } = await load(all);
    expect(errors).toEqual([
      expect.stringMatching(
        /^access\.yml:\d+:\d+ groups\.deciders\.members\[500\]: ACC08.*at most 500 members.*501/,
      ),
    ]);
  });

  test("takes members of a named team", async () => {
    const all = files();
    all["access.yml"].groups["askers"]?.members?.push("T1:U1");
    expect((await load(all)).errors).toEqual([]);
  });
});

describe("datasources.yml", () => {
  type Sources = ReturnType<typeof files>["datasources.yml"];
  test.each<[string, (sources: Sources) => void, RegExp]>([
    [
      "an unknown target",
      (s) => Object.assign(s.datasources["things"] ?? {}, { target: "moon" }),
      /DS01: there is no target "moon"; known: production/,
    ],
    [
      "a role of another account",
      (s) => Object.assign(s.targets["production"] ?? {}, { account: "444455556666" }),
      /DS02/,
    ],
    [
      "a role of another partition",
      (s) => Object.assign(s.targets["production"] ?? {}, { partition: "aws-cn" }),
      /DS02/,
    ],
    [
      "an account without quotes",
      (s) => Object.assign(s.targets["production"] ?? {}, { account: 111122223333 }),
      /written in quotes/,
    ],
    ["a key that is no attribute", (s) => Object.assign(tableOf(s).keys, { sortKey: "x" }), /DS03: key "x"/],
    [
      "an index key that is no attribute",
      (s) => Object.assign(tableOf(s).indexes["by-state"] ?? {}, { sortKey: "x" }),
      /DS03/,
    ],
    [
      "a local index with another partition key",
      (s) => Object.assign(tableOf(s).indexes["by-state"] ?? {}, { type: "LSI" }),
      /DS04/,
    ],
    [
      "an attribute without a class",
      (s) => Object.assign(tableOf(s).attributes, { more: {} }),
      /"classification" is missing/,
    ],
    [
      "an attribute with a dot",
      (s) => Object.assign(tableOf(s).attributes, { "a.b": { classification: "internal" } }),
      /attribute name/,
    ],
    [
      "another service",
      (s) => Object.assign(s.datasources["things"] ?? {}, { service: "s3" }),
      /service is dynamodb or athena/,
    ],
    [
      "a wildcard as a table",
      (s) => Object.assign(s.datasources["things"] ?? {}, { table: "things*" }),
      /table or index name/,
    ],
    [
      "a role that is a user",
      (s) => Object.assign(s.targets["production"] ?? {}, { dataRole: "arn:aws:iam::111122223333:user/x" }),
      /ARN of an IAM role/,
    ],
  ])("with %s is refused", async (_, change, sentence) => {
    const all = files();
    change(all["datasources.yml"]);
    expect((await load(all)).errors.join("\n")).toMatch(sentence);
  });
});
