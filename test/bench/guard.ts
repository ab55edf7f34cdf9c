import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { deserialize, serialize } from "node:v8";
import { checkGuardrails } from "../../src/sql/check-guardrails.ts";
import { startSqlChecker } from "../../src/sql/check-in-worker.ts";
import { analyzeWithin, type CheckedSql, checkSql } from "../../src/sql/check-sql.ts";
import { parseStatement } from "../../src/sql/parse-statement.ts";
import { tokenize } from "../../src/sql/tokens.ts";
import { benignStatements } from "../sql/benign-statements.ts";
import { guardrails, now } from "../sql/fixtures.ts";
import { hostileStatements } from "../sql/hostile-statements.ts";
import { incidentQueries } from "../sql/incident-queries.ts";
import { quantile } from "./figures.ts";

const ROUNDS = 5;
const FRESH_PROCESSES = 5;

/** What it costs to read and judge one query, over the fixtures of the tests, and what the first one costs more. */
export async function guard(): Promise<void> {
  const written = benignStatements.map(([, sql]) => sql);
  const named = incidentQueries.map(([, sql]) => sql);
  const hostile = hostileStatements.map(([, , sql]) => sql);
  const admit = (sql: string) => checkSql(sql, guardrails, now);

  console.log(`\nGuard, per query${" ".repeat(25)}  queries   median      p99   (ms, warm)`);
  print(
    "the grammar alone, for comparison",
    timesOf(written, (sql) => parseStatement(tokenize(sql))),
  );
  print("a requester's own query, admitted", timesOf(written, admit));
  print("a runbook's query with parameters, admitted", timesOf(named, admitNamed));
  print("a hostile text, refused", timesOf(hostile, admit));
  print("a requester's own, in its thread and back", await timesInThread(written));
  print("of that, what everybody's thread does", timesOf(written.map(sent), judgeReceived));

  const loads: number[] = [];
  for (let i = 0; i < FRESH_PROCESSES; i++) loads.push(await loadInFreshProcess());
  console.log(`Loading the parser in a fresh process: median ${quantile(loads, 0.5).toFixed(0)} ms`);
  const startedAt = performance.now();
  await using checker = startSqlChecker();
  await checker.check(written[0] ?? "", guardrails, now);
  console.log(
    `The thread's start and its first query: ${(performance.now() - startedAt).toFixed(0)} ms, once per bot`,
  );
}

/** What the thread answers, as it travels. */
function sent(sql: string): Buffer {
  return serialize(checkSql(sql, guardrails, now));
}

/** The answer arrives, and a plan is made of it. */
function judgeReceived(answer: Buffer): void {
  const checked = deserialize(answer) as CheckedSql;
  if (checked.status === "refused") throw new Error("A fixture of the bench is refused");
  checkGuardrails(checked.analysis, guardrails, now);
}

function admitNamed(sql: string): void {
  const result = analyzeWithin(sql, guardrails, "named");
  if (result.status === "refused") throw new Error("A fixture of the bench is refused");
  checkGuardrails(result.analysis, guardrails, now, "later");
}

/** One more round first, so that the engine has compiled what it runs. */
function timesOf<T>(queries: readonly T[], judge: (query: T) => unknown): number[][] {
  return Array.from({ length: ROUNDS + 1 }, () =>
    queries.map((sql) => {
      const startedAt = performance.now();
      judge(sql);
      return performance.now() - startedAt;
    }),
  ).slice(1);
}

async function timesInThread(queries: readonly string[]): Promise<number[][]> {
  await using checker = startSqlChecker();
  const rounds: number[][] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const times: number[] = [];
    for (const sql of queries) {
      const startedAt = performance.now();
      await checker.check(sql, guardrails, now);
      times.push(performance.now() - startedAt);
    }
    rounds.push(times);
  }
  return rounds.slice(1);
}

async function loadInFreshProcess(): Promise<number> {
  const module = JSON.stringify(resolve(import.meta.dirname, "../../src/sql/load-trino-parser.ts"));
  const script = `const { loadTrinoParser } = await import(${module}); const t = performance.now(); loadTrinoParser(); console.log(performance.now() - t)`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  return Number(stdout);
}

function print(name: string, rounds: readonly number[][]): void {
  const times = rounds.flat();
  const cells = [
    String(rounds[0]?.length ?? 0),
    quantile(times, 0.5).toFixed(2),
    quantile(times, 0.99).toFixed(2),
  ];
  console.log(`${name.padEnd(41)} ${cells.map((cell) => cell.padStart(8)).join(" ")}`);
}
