import fc from "fast-check";
import { expect, test } from "vitest";
import { checkSql } from "../../src/sql/check-sql.ts";
import { narrow, narrowingFindings } from "../../src/sql/narrow.ts";
import type { Narrowing, TableNarrowing } from "../../src/sql/narrow.ts";
import { benignStatements } from "./benign-statements.ts";
import { guardrails, now, window } from "./fixtures.ts";
import { hostileStatements } from "./hostile-statements.ts";

const light = hostileStatements.filter(([id]) => !id.startsWith("R")).map(([, , sql]) => sql);
const statements = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...benignStatements.map(([, sql]) => sql)) },
  { weight: 1, arbitrary: fc.constantFrom(...light) },
);

test("whatever a narrowing says, it admits nothing that its data source refuses", () => {
  let admitted = 0;
  fc.assert(
    fc.property(narrowings(), statements, (narrowing, sql) => {
      const result = checkSql(sql, narrow(guardrails, narrowing), now);
      if (result.status === "refused") return;
      admitted += 1;
      const base = checkSql(result.canonical, guardrails, now);
      expect(base.status).toBe("ok");
      // Nor does it unmask what the data source masks.
      const masks = (one: typeof base) =>
        one.status === "ok" ? one.outputs?.map((output) => output.mask) : [];
      masks(base)?.forEach((mask, index) => expect(!mask || masks(result)?.[index]).toBe(true));
    }),
    { numRuns: 3000 },
  );
  expect(admitted).toBeGreaterThan(100);
});

test("no narrowing makes a number larger or a list longer", () => {
  fc.assert(
    fc.property(narrowings(), (narrowing) => {
      const narrowed = narrow(guardrails, narrowing);
      expect(narrowed.limit.max).toBeLessThanOrEqual(guardrails.limit.max);
      expect(narrowed.maxJoins).toBeLessThanOrEqual(guardrails.maxJoins);
      expect(narrowed.maxRelations).toBeLessThanOrEqual(guardrails.maxRelations);
      expect(narrowed.maxScanBytes).toBeLessThanOrEqual(guardrails.maxScanBytes);
      expect(guardrails.functions).toEqual(expect.arrayContaining([...narrowed.functions]));
      for (const table of narrowed.tables) {
        const base = guardrails.tables.find(
          (one) => one.database === table.database && one.table === table.table,
        );
        expect(Object.keys(table.columns)).toEqual(Object.keys(base?.columns ?? {}));
        expect(table.partitions.map(({ column }) => column)).toEqual(
          base?.partitions.map(({ column }) => column),
        );
      }
    }),
  );
});

test("a column that a runbook leaves out can't be mistaken for another table's", () => {
  const narrowed = narrow(guardrails, {
    tables: { cloudtrail_logs: { columns: ["day", "account"] }, "ref.accounts": {} },
  });
  const sql = `SELECT eventname FROM cloudtrail_logs, ref.accounts WHERE ${window}`;
  expect(checkSql(sql, narrowed, now)).toMatchObject({ status: "refused", refusals: [{ code: "column" }] });
});

test("a smaller range, a smaller LIMIT and a new mask hold", () => {
  const narrowed = narrow(guardrails, {
    tables: {
      cloudtrail_logs: {
        masked: ["sourceipaddress"],
        partitions: { day: { maxRangeDays: 2 }, account: { values: ["1"] } },
      },
    },
    limit: { max: 10 },
  });
  const query = (what: string, where: string) =>
    checkSql(`SELECT ${what} FROM cloudtrail_logs WHERE ${where}`, narrowed, now);
  expect(query("sourceipaddress", "account = '1' AND day = '2026/11/20'")).toMatchObject({
    limit: 10,
    outputs: [{ name: "sourceipaddress", mask: true }],
  });
  expect(query("lower(sourceipaddress)", "account = '1' AND day = '2026/11/20'")).toMatchObject({
    refusals: [{ code: "masked-column" }],
  });
  expect(query("eventname", "account = '1' AND day BETWEEN '2026/11/18' AND '2026/11/20'")).toMatchObject({
    refusals: [{ code: "range" }],
  });
  expect(query("eventname", "account = '2' AND day = '2026/11/20'")).toMatchObject({
    refusals: [{ code: "range" }],
  });
});

test("what a narrowing gets wrong is said in sentences", () => {
  const findings = narrowingFindings(guardrails, {
    tables: { nothing: {}, "hr.employees": { columns: ["id", "salary"], partitions: { day: {} } } },
    functions: ["random"],
    limit: { max: 5000 },
  });
  expect(findings).toEqual([
    "the data source has no table nothing",
    "hr.employees has no declared column salary",
    "hr.employees has no partition day",
    "the data source does not allow the function random",
    "limit.max is 5000, the data source allows 1000",
  ]);
});

/** Mostly mild ones, so that many queries pass and have to be admitted by the data source too. */
function narrowings(): fc.Arbitrary<Narrowing> {
  const names = guardrails.tables.map(({ database, table }) => `${database}.${table}`);
  const tables = fc
    .tuple(...names.map((name) => fc.option(tableNarrowing(name), { freq: 8 })))
    .map((own) =>
      Object.fromEntries(names.flatMap((name, index) => (own[index] ? [[name, own[index]]] : []))),
    );
  return fc.record(
    {
      tables,
      functions: mostly(guardrails.functions, [...guardrails.functions, "random"]),
      limit: fc.record(
        { max: fc.integer({ min: 1, max: 5000 }), whenAbsent: fc.constant("refuse" as const) },
        { requiredKeys: [] },
      ),
      maxRelations: fc.integer({ min: 1, max: 20 }),
      maxJoins: fc.integer({ min: 0, max: 20 }),
      maxScanBytes: fc.integer({ min: 0 }),
    },
    { requiredKeys: [] },
  );
}

function tableNarrowing(name: string): fc.Arbitrary<TableNarrowing> {
  const table = guardrails.tables.find((one) => `${one.database}.${one.table}` === name);
  const columns = Object.keys(table?.columns ?? {});
  const partition = fc.record(
    {
      maxRangeDays: fc.integer({ min: 0, max: 30 }),
      maxValues: fc.integer({ min: 0, max: 9 }),
      openEnd: fc.constant("refused" as const),
    },
    { requiredKeys: [] },
  );
  return fc.record(
    {
      columns: mostly(columns, columns),
      masked: mostly([], columns),
      denied: mostly([], columns),
      stars: fc.constant("refused" as const),
      partitions: fc.dictionary(fc.constantFrom("day", "dt", "account"), partition, { maxKeys: 2 }),
    },
    { requiredKeys: [] },
  );
}

function mostly(usual: readonly string[], list: readonly string[]): fc.Arbitrary<readonly string[]> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.subarray([...list]) },
  );
}
