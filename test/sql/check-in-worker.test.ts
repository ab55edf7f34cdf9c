import { expect, test } from "vitest";
import { startSqlChecker } from "../../src/sql/check-in-worker.ts";
import { checkSql } from "../../src/sql/check-sql.ts";
import type { Guardrails } from "../../src/sql/guardrails.ts";
import { guardrails, now, window } from "./fixtures.ts";

const sql = `SELECT eventname FROM cloudtrail_logs WHERE ${window}`;

/** The text of a view is its owner's, so no cap holds it as one of a stranger; the grammar needs many seconds for this one. */
const slowly: Guardrails = {
  ...guardrails,
  tables: guardrails.tables.map((table) =>
    table.view === undefined ? table : { ...table, view: `SELECT ${"x->".repeat(2000)}1` },
  ),
};
const slow = "SELECT id FROM hr.staff";

test("says what the same check says in this thread", async () => {
  await using checker = startSqlChecker();
  const texts = [sql, "SELECT ssn FROM hr.employees", "DROP TABLE x", "", sql];
  const answers = await Promise.all(texts.map((text) => checker.check(text, guardrails, now)));
  expect(answers).toEqual(texts.map((text) => checkSql(text, guardrails, now)));
});

test("a text that takes too long is cut off, and the next one is checked in a new thread", async () => {
  await using checker = startSqlChecker({ deadlineMs: 1500 });
  const [first, second] = await Promise.all([
    checker.check(slow, slowly, now),
    checker.check(sql, guardrails, now),
  ]);
  expect(first).toMatchObject({ status: "refused", refusals: [{ code: "too-slow" }] });
  expect(second).toMatchObject({ status: "ok" });
});

test("a text whose thread dies is refused, and the next one is checked in a new thread", async () => {
  await using checker = startSqlChecker({ deadlineMs: 60_000 });
  // Nothing that a file can say: what no reader expects ends the thread, as running out of memory would.
  const deadly = { ...guardrails, functions: null } as unknown as Guardrails;
  const [first, second] = await Promise.all([
    checker.check(`${sql} AND lower(region) = 'a'`, deadly, now),
    checker.check(sql, guardrails, now),
  ]);
  expect(first).toMatchObject({ status: "refused", refusals: [{ code: "too-slow" }] });
  expect(second).toMatchObject({ status: "ok" });
});

test("more texts than may wait are refused at once", async () => {
  await using checker = startSqlChecker({ maxWaiting: 2 });
  const answers = await Promise.all(Array.from({ length: 5 }, () => checker.check(sql, guardrails, now)));
  const codes = answers.map((answer) => (answer.status === "ok" ? "ok" : answer.refusals[0]?.code));
  expect(codes).toEqual(["ok", "ok", "ok", "busy", "busy"]);
});

test("one person may have two texts there at a time, and keeps nobody else out", async () => {
  await using checker = startSqlChecker();
  const keys = ["a", "a", "a", "b", undefined];
  const codes = async (keysOf: readonly (string | undefined)[]) =>
    Promise.all(
      keysOf.map(async (key) => {
        const answer = await checker.check(sql, guardrails, now, key);
        return answer.status === "ok" ? "ok" : answer.refusals[0]?.code;
      }),
    );
  expect(await codes(keys)).toEqual(["ok", "ok", "busy", "ok", "ok"]);
  expect(await codes(keys)).toEqual(["ok", "ok", "busy", "ok", "ok"]);
});

test("stopping ends the thread and answers whoever waits", async () => {
  const checker = startSqlChecker({ deadlineMs: 60_000 });
  await checker.check(sql, guardrails, now);
  const waiting = [checker.check(slow, slowly, now), checker.check(sql, guardrails, now)];
  await checker[Symbol.asyncDispose]();
  for (const answer of await Promise.all(waiting))
    expect(answer).toMatchObject({ status: "refused", refusals: [{ code: "busy" }] });
});

test("a checker that is never asked starts nothing", async () => {
  await using checker = startSqlChecker();
  expect(checker).toBeDefined();
});
