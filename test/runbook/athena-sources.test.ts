import { describe, expect, test } from "vitest";
import { athenaFiles, trail } from "./athena-fixture.ts";
import type { AthenaDeclared } from "./athena-fixture.ts";
import { load } from "./fixture.ts";

type Events = AthenaDeclared["tables"][string];

function eventsOf(declared: AthenaDeclared): Events {
  const { events } = declared.tables;
  if (!events) throw new Error("no table");
  return events;
}

async function loadWith(change: (declared: AthenaDeclared) => void) {
  const all = athenaFiles();
  const declared = trail();
  change(declared);
  all["datasources.yml"].datasources["trail"] = declared;
  return load(all);
}

describe("an Athena data source", () => {
  test("gives its workgroup, target, places of data and guardrails", async () => {
    const { catalogue, errors } = await load(athenaFiles());
    expect(errors).toEqual([]);
    const source = catalogue?.dataSources.get("trail");
    expect(source).toMatchObject({
      service: "athena",
      workgroup: { name: "jit-trail", results: { kind: "managed" } },
      target: { service: "athena", janitorRole: "arn:aws:iam::111122223333:role/janitor" },
      tables: [{ database: "audit", table: "events", masks: { mail: "last4" } }],
      guardrails: {
        defaultCatalog: "awsdatacatalog",
        defaultDatabase: "audit",
        maxScanBytes: 1_000_000_000,
        tables: [{ table: "events", columns: { note: { use: "denied" }, mail: { use: "masked" } } }],
      },
    });
    if (source?.service !== "athena") throw new Error("another service");
    expect(source.guardrails.functions).toContain("count");
    expect(source.guardrails.functions).not.toContain("sequence");
  });

  test("holds results in a bucket, reused where it says so", async () => {
    const { catalogue } = await loadWith((declared) => {
      declared.workgroup = {
        name: "jit-own",
        results: { bucket: "query-results", prefix: "jit/" },
        reuseMinutes: 15,
      };
    });
    expect(catalogue?.dataSources.get("trail")).toMatchObject({
      workgroup: { name: "jit-own", results: { kind: "bucket", bucket: "query-results" }, reuseMinutes: 15 },
    });
  });

  test("may have a view with its text, which is read as that text", async () => {
    const { errors, catalogue } = await loadWith((declared) => {
      declared.tables["s3_calls"] = {
        view: "SELECT eventname, account, day FROM events WHERE eventsource = 's3.amazonaws.com'",
        partitions: [],
        stars: "refused",
        columns: {
          eventname: { classification: "internal", use: "free" },
          account: { classification: "internal", use: "free" },
          day: { classification: "internal", use: "free" },
        },
      };
    });
    expect(errors).toEqual([]);
    expect(catalogue).toBeDefined();
  });

  const wrong: [string, (declared: AthenaDeclared) => void, RegExp][] = [
    ["a table without a place", (d) => delete eventsOf(d).location, /DS06/],
    ["a view with a place", (d) => Object.assign(eventsOf(d), { view: "SELECT 1" }), /DS06/],
    ["a partition that is no column", (d) => delete eventsOf(d).columns["day"], /DS07: partition "day"/],
    [
      "a hole that is no column",
      (d) => (eventsOf(d).location = { bucket: "trail-logs", prefix: "logs/{month}/" }),
      /DS07: \{month\}/,
    ],
    [
      "a place that begins with a hole",
      (d) => (eventsOf(d).location = { bucket: "trail-logs", prefix: "{day}/" }),
      /fixed folder/,
    ],
    [
      "a place with a wildcard",
      (d) => (eventsOf(d).location = { bucket: "trail-logs", prefix: "logs/*/" }),
      /fixed folder/,
    ],
    [
      "a place that is no folder",
      (d) => (eventsOf(d).location = { bucket: "trail-logs", prefix: "logs/part" }),
      /fixed folder/,
    ],
    [
      "a mask of a column that is free",
      (d) => Object.assign(eventsOf(d).columns["day"] ?? {}, { mask: "hide" }),
      /DS08/,
    ],
    ["managed results that are reused", (d) => Object.assign(d.workgroup, { reuseMinutes: 5 }), /DS09/],
    [
      "a view over a table of somebody else",
      (d) =>
        (d.tables["v"] = { view: "SELECT x FROM hr.pay", partitions: [], stars: "refused", columns: {} }),
      /DS10: it reads hr\.pay/,
    ],
    [
      "a view that can't be read",
      (d) => (d.tables["v"] = { view: "SELEKT", partitions: [], stars: "refused", columns: {} }),
      /DS10/,
    ],
    ["a workgroup of any name", (d) => (d.workgroup.name = "jit/*"), /a workgroup is/],
    ["a budget below Athena's least", (d) => (d.maxScanBytes = 1000), /10000000/],
    ["another catalogue", (d) => Object.assign(d, { catalog: "lambda:x" }), /AwsDataCatalog/],
    ["a key that is no ARN", (d) => (d.kmsKeys = ["alias/x"]), /a key is its ARN/],
  ];

  for (const [what, change, sentence] of wrong) {
    test(`is refused with ${what}`, async () => {
      const { errors, catalogue } = await loadWith(change);
      expect(errors.filter((line) => sentence.test(line))).not.toEqual([]);
      expect(errors[0]).toMatch(/^datasources\.yml:\d+:\d+ /);
      expect(catalogue).toBeUndefined();
    });
  }

  test("needs a role that stops its queries, of its own account", async () => {
    const all = athenaFiles();
    const { production } = all["datasources.yml"].targets;
    if (!production) throw new Error("no target");
    production.janitorRole = "arn:aws:iam::444455556666:role/janitor";
    expect((await load(all)).errors.join("\n")).toMatch(/janitorRole: DS02/);
    delete production.janitorRole;
    expect((await load(all)).errors.join("\n")).toMatch(/DS05/);
  });

  test("covers the text of a query's file by the runbook's digest", async () => {
    const digestOf = async (text: string) =>
      (await load({ ...athenaFiles(), "sql/things-trail.sql": text })).catalogue?.runbooks.get("things-trail")
        ?.digest;
    const text = athenaFiles()["sql/things-trail.sql"];
    const first = await digestOf(text);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await digestOf(text.replaceAll("\n", "\r\n"))).toBe(first);
    expect(await digestOf(text.replace("LIMIT 100", "LIMIT 99"))).not.toBe(first);
  });

  test.each([
    "../secret.sql",
    "sql/../../secret.sql",
    "/etc/passwd",
    "sql/a/b.sql",
    "sql/A.sql",
    "sql/x.txt",
    "x.sql",
  ])("never opens %j as a query", async (QueryFile) => {
    const all = athenaFiles();
    const [step] = all["things-trail.yml"].steps;
    if (step?.action !== "athena:StartQueryExecution") throw new Error("no query");
    step.request = { QueryFile };
    expect((await load(all)).errors.join("\n")).toMatch(/a query's file is sql\/<name>\.sql/);
  });

  test("refuses a query that is no text or too long for a person", async () => {
    const bytes = new Uint8Array([0x53, 0xff, 0xfe]);
    expect((await load({ ...athenaFiles(), "sql/things-trail.sql": bytes })).errors.join("\n")).toMatch(
      /not UTF-8/,
    );
    const long = `SELECT 1 -- ${"x".repeat(70_000)}`;
    expect((await load({ ...athenaFiles(), "sql/things-trail.sql": long })).errors.join("\n")).toMatch(
      /larger than 64 KB/,
    );
  });
});
