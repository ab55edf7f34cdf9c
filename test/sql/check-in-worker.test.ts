import { expect, test } from "vitest";
import { startSqlChecker } from "../../src/sql/check-in-worker.ts";
import { checkSql } from "../../src/sql/check-sql.ts";
import { guardrails, now, window } from "./fixtures.ts";

const sql = `SELECT eventname FROM cloudtrail_logs WHERE ${window}`;

/** Within every cap, and the grammar needs seconds for it. */
const slow = `SELECT ${"x->".repeat(2000)}1`;

test("says what the same check says in this thread", async () => {
  await using checker = startSqlChecker();
  const texts = [sql, "SELECT ssn FROM hr.employees", "DROP TABLE x", "", sql];
  const answers = await Promise.all(texts.map((text) => checker.check(text, guardrails, now)));
  expect(answers).toEqual(texts.map((text) => checkSql(text, guardrails, now)));
});

test("a text that takes too long is cut off, and the next one is checked in a new thread", async () => {
  await using checker = startSqlChecker({ deadlineMs: 300 });
  const started = performance.now();
  const [first, second] = await Promise.all([
    checker.check(slow, guardrails, now),
    checker.check(sql, guardrails, now),
  ]);
  expect(first).toMatchObject({ status: "refused", refusals: [{ code: "too-slow" }] });
  expect(second).toMatchObject({ status: "ok" });
  expect(performance.now() - started).toBeLessThan(5000);
});

test("more texts than may wait are refused at once", async () => {
  await using checker = startSqlChecker({ maxWaiting: 2 });
  const answers = await Promise.all(Array.from({ length: 5 }, () => checker.check(sql, guardrails, now)));
  const codes = answers.map((answer) => (answer.status === "ok" ? "ok" : answer.refusals[0]?.code));
  expect(codes).toEqual(["ok", "ok", "ok", "busy", "busy"]);
});

test("stopping ends the thread and answers whoever waits", async () => {
  const checker = startSqlChecker({ deadlineMs: 60_000 });
  await checker.check(sql, guardrails, now);
  const waiting = [checker.check(slow, guardrails, now), checker.check(sql, guardrails, now)];
  await checker[Symbol.asyncDispose]();
  for (const answer of await Promise.all(waiting))
    expect(answer).toMatchObject({ status: "refused", refusals: [{ code: "busy" }] });
});

test("a checker that is never asked starts nothing", async () => {
  await using checker = startSqlChecker();
  expect(checker).toBeDefined();
});
