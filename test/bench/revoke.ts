import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AthenaClient, GetQueryExecutionCommand } from "@aws-sdk/client-athena";
import { setTimeout as wait } from "node:timers/promises";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, ask, cardSays, sessionsOf, stored } from "../flows/acting.ts";
import { athenaRunbooks } from "../flows/athena-runbooks.ts";
import { quantile } from "./figures.ts";

/** Two people may have ten open requests each, and each stays open until its session is over. */
const ROUNDS = 16;
const WARM_UP = 2;
const people = ["oncall", "engineer"] as const;
const day = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");

type Round = { toAborted: number; toCancelled: number; toDenied: number; lease: number };

/**
 * From the press that sends the form “Revoke” to the worker that stopped, the query that AWS cancelled and the first
 * refusal of the run's own credentials; with a deny-list, because without one the refusal comes with the session's own
 * expiry. And what a session costs a run: from its start to its first call.
 */
export async function revocation(): Promise<void> {
  await using runbooks = await athenaRunbooks();
  const file = join(runbooks.dir, "datasources.yml");
  const text = await readFile(file, "utf8");
  const revoker = "revokerRole: arn:aws:iam::111122223333:role/jit-revoker";
  await writeFile(file, text.replace(/^( +)(dataRole: .*\n)/gm, `$1$2$1${revoker}\n`));
  await using world = await aWorld({ runbooksDir: runbooks.dir, overrides: { sweepEveryMs: 5_000 } });
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS + WARM_UP; i++)
    rounds.push(await oneRound(world, people[i % people.length] ?? "oncall"));
  const measured = rounds.slice(WARM_UP);
  console.log(`\n${`Revoke, Athena query under way, ${ROUNDS} rounds`.padEnd(60)}   median      p95  (ms)`);
  line(
    "press on Revoke → worker stopped, stored",
    measured.map(({ toAborted }) => toAborted),
  );
  line(
    "press on Revoke → query CANCELLED in AWS, stored",
    measured.map(({ toCancelled }) => toCancelled),
  );
  line(
    "press on Revoke → its credentials denied (deny-list)",
    measured.map(({ toDenied }) => toDenied),
  );
  line(
    "cost of a lease: run started → first call (prove, STS, record)",
    measured.map(({ lease }) => lease),
  );
}

async function oneRound(world: World, who: (typeof people)[number]): Promise<Round> {
  using _held = world.aws.athena.pace.hold("running");
  const asked = await ask(world, {
    as: who,
    runbook: "trail-by-name",
    fields: { Day: day, "Event name": "AssumeRole" },
  });
  await approve(world, asked);
  const running = await stored(world, asked.requestId, ({ request }) => request.runs[0]?.query !== undefined);
  const lead = world.slack.as("lead");
  await lead.click(await cardSays(world, asked, "[Revoke"), "Revoke…");
  const form = lead.fill(await lead.waitForView("Reason"), { Reason: "Bench" });

  const pressedAt = Date.now();
  const deniedAt = firstDenial(
    world,
    asked.requestId,
    running.request.runs[0]?.query?.queryExecutionId ?? "",
  );
  await form.submit();
  const { request } = await stored(
    world,
    asked.requestId,
    (now) => now.request.runs[0]?.endedAt !== undefined && now.request.runs[0].query?.ended !== undefined,
  );
  const [run] = request.runs;
  const started = world.aws.calls
    .query({ operation: "StartQueryExecution" })
    .find(({ tags }) => tags["grant"] === asked.requestId);
  return {
    toAborted: Date.parse(run?.endedAt ?? "") - pressedAt,
    toCancelled: Date.parse(run?.query?.ended?.at ?? "") - pressedAt,
    toDenied: (await deniedAt) - pressedAt,
    lease: (started?.at.getTime() ?? Number.NaN) - Date.parse(run?.startedAt ?? ""),
  };
}

/** Somebody who has the run's credentials looks at its query all the time, until AWS says no. */
async function firstDenial(world: World, requestId: string, queryExecutionId: string): Promise<number> {
  const [session] = sessionsOf(world, requestId);
  const credentials = world.aws.stolenKeys(session?.issued?.accessKeyId ?? "");
  if (!credentials) throw new Error("The bench's run has no session");
  const client = new AthenaClient({
    endpoint: world.aws.url,
    region: world.aws.region,
    credentials,
    maxAttempts: 1,
  });
  try {
    for (;;) {
      const command = new GetQueryExecutionCommand({ QueryExecutionId: queryExecutionId });
      const denied = await client.send(command).then(
        () => false,
        (error: unknown) => error instanceof Error && error.name === "AccessDeniedException",
      );
      if (denied) return Date.now();
      await wait(5);
    }
  } finally {
    client.destroy();
  }
}

function line(name: string, times: readonly number[]): void {
  const cells = [quantile(times, 0.5), quantile(times, 0.95)].map((ms) => ms.toFixed(0).padStart(8));
  console.log(`${name.padEnd(60)} ${cells.join(" ")}`);
}
