import { setTimeout as wait } from "node:timers/promises";
import { createOwnClients } from "../aws/clients.ts";
import { readTableConfig } from "../config.ts";
import { ConfigError } from "../errors.ts";
import { createQueryJanitor } from "../execution/query-janitor.ts";
import { openRequests } from "../store/open-requests.ts";
import { createRequestStore } from "../store/request-store.ts";
import {
  lastSessionEnds,
  type OperatorAct,
  type OperatorRevocation,
  revokeAllByOperator,
  revokeByOperator,
} from "../workflow/revoke-by-operator.ts";
import type { Log } from "../workflow/ports.ts";
import { type StoppedQuery, stopRevokedQueries } from "../workflow/stop-revoked-queries.ts";
import type { Command, Io } from "./command.ts";
import { readFlagValues } from "./flag-values.ts";

export const revoke: Command = {
  name: "revoke",
  usage: "revoke (<request id> | --all) --by NAME --reason TEXT",
  summary:
    "End a grant or cancel a pending request, or all of them, and stop their Athena queries: without Slack and Redis.",
  async run(args, io) {
    const call = readFlagValues(args, { valued: ["--by", "--reason"], plain: ["--all"], words: 1 });
    const act = call && operatorAct(call.values);
    const [requestId] = call?.words ?? [];
    if (!call || !act || call.flags.has("--all") === (requestId !== undefined)) {
      io.err(`Usage: jit ${revoke.usage}`);
      io.err("NAME is who does it, 1 to 100 characters, recorded as stated; TEXT is why, 1 to 1,000.");
      return 2;
    }
    try {
      const { table, region, awsEndpoint } = readTableConfig(io.env);
      const place = { region, ...(awsEndpoint ? { endpoint: awsEndpoint } : {}) };
      using own = createOwnClients(place);
      const deps = {
        store: createRequestStore(own.dynamodb, table),
        clock: { now: () => new Date() },
        openRequests: () => openRequests(own.dynamodb, table),
        wait,
        janitor: createQueryJanitor({ sts: own.sts, place }),
        log: silent,
      };
      if (requestId !== undefined) {
        const code = showOne(requestId, await revokeByOperator(deps, requestId, act), io);
        return code || showQueries(await stopRevokedQueries(deps, [requestId]), io);
      }
      const day = await revokeAllByOperator(deps, act);
      const code = showAll(day, io);
      const ids = day.seen.map((one) => one.requestId);
      return showQueries(await stopRevokedQueries(deps, ids), io) || code;
    } catch (error) {
      io.err(error instanceof ConfigError ? error.message : `Nothing more could be ended: ${nameOf(error)}`);
      return 1;
    }
  },
};

function operatorAct(values: Readonly<Record<string, string>>): OperatorAct | undefined {
  const operator = values["--by"]?.trim().toWellFormed() ?? "";
  const reason = values["--reason"]?.trim().toWellFormed() ?? "";
  const isName = operator.length >= 1 && operator.length <= 100 && !/\p{C}/u.test(operator);
  return isName && reason.length >= 1 && reason.length <= 1_000 ? { operator, reason } : undefined;
}

function showOne(requestId: string, outcome: OperatorRevocation, io: Io): number {
  if (outcome.status === "not-found") {
    io.err(`There is no request ${requestId}.`);
    return 1;
  }
  showRows([rowOf(outcome)], io);
  if (outcome.status === "nothing-to-do") io.out("Nothing was changed: it had ended already, or is ending.");
  return 0;
}

function showAll({ seen, failed }: Awaited<ReturnType<typeof revokeAllByOperator>>, io: Io): number {
  const found = seen.flatMap(({ outcome }) => (outcome.status === "not-found" ? [] : [outcome]));
  if (found.length > 0) showRows(found.map(rowOf), io);
  const done = found.filter(({ status }) => status === "done");
  const cancelled = done.filter(({ before }) => before === "pending").length;
  io.out(
    `${done.length - cancelled} grant(s) ended, ${cancelled} pending request(s) cancelled, ${found.length - done.length} ending already, ${failed.length} failed.`,
  );
  for (const { requestId, error } of failed) io.err(`${requestId} could not be ended: ${nameOf(error)}`);
  if (failed.length > 0) io.err("Run it again: what has ended stays ended.");
  return failed.length === 0 ? 0 : 1;
}

/** What this says, it says itself; a failure stands beside its query. */
const silent: Log = { info() {}, warn() {}, error() {} };

function showQueries(queries: readonly StoppedQuery[], io: Io): number {
  for (const { requestId, run, queryExecutionId, region, ...outcome } of queries) {
    const which = `The query ${queryExecutionId} of ${requestId}/${run}`;
    if ("end" in outcome) io.out(`${which} has ended: ${outcome.end}.`);
    else {
      io.err(`${which} could not be stopped from here: ${outcome.why}`);
      io.err(
        `  A worker that runs stops it within seconds. Otherwise run this again as the bot's role, or: aws athena stop-query-execution --region ${region} --query-execution-id ${queryExecutionId}`,
      );
    }
  }
  return queries.every((one) => "end" in one) ? 0 : 1;
}

const columns = ["request", "runbook", "requester", "was", "now", "sessions live until"] as const;

function rowOf({ before, request }: Exclude<OperatorRevocation, { status: "not-found" }>): string[] {
  const { id, plan, requester, state } = request;
  const until = lastSessionEnds(request);
  return [id, plan.runbook.name, `${requester.teamId}:${requester.userId}`, before, state, until ?? "none"];
}

function showRows(rows: readonly string[][], io: Io): void {
  const widths = columns.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    io.out(
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  line(columns);
  for (const row of rows) line(row);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
