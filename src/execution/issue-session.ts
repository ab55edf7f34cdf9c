import { randomBytes } from "node:crypto";
import type { STSClient } from "@aws-sdk/client-sts";
import { askStsTime } from "../aws/ask-sts-time.ts";
import { type AssumedSession, assumeRole } from "../aws/assume-role.ts";
import type { AthenaClient } from "@aws-sdk/client-athena";
import { type AwsPlace, createAthenaClient, createSessionClient } from "../aws/clients.ts";
import { describeStsError, madeNoSession, mayPass } from "../aws/describe-aws-error.ts";
import type {
  Clock,
  RunProgress,
  RunSession,
  RunWatch,
  SessionIssuer,
  SessionOrder,
} from "../workflow/ports.ts";
import { SessionRefused } from "../workflow/session-refused.ts";
import { askAgain } from "./ask-again.ts";
import { leaseLine } from "./lease-line.ts";
import { probeAthena, probeLook } from "./probe-athena.ts";
import { probeDynamoDb } from "./probe-dynamodb.ts";
import { runAthena, type SessionQuery } from "./run-athena.ts";
import { runDynamoDb } from "./run-dynamodb.ts";

/** How far the life of a session may differ from what was ordered before it must not be used. */
const TOLERANCE_MS = 3_000;

/**
 * Issues sessions whose policy ends by AWS's clock. STS is asked for its time before the first one; from then on
 * that time is carried on by the monotonic clock, because the host's may be wrong or be set, and each answer corrects
 * it. One that came out too long or too short all the same says so (`asOrdered`).
 */
export function createSessionIssuer(deps: { sts: STSClient; place: AwsPlace; clock: Clock }): SessionIssuer {
  let known: Known | undefined;
  /** So that a run can go on with the client of another session of its own. */
  const clients = new WeakMap<RunSession, AthenaClient>();

  async function stsTime(signal: AbortSignal): Promise<Date> {
    known ??= knownNow(await askAgain(() => askStsTime(deps.sts, signal), mayPass, signal));
    return new Date(known.stsMs + performance.now() - known.atMs);
  }

  async function issue(order: SessionOrder): Promise<RunSession> {
    const askedAtMs = performance.now();
    const stsNow = await stsTime(order.signal);
    // The order was for a life from then on: what STS took to answer must not carry it past the window.
    const leftMs = order.maxLifeMs - (performance.now() - askedAtMs);
    const expiresAt = wholeSecond(stsNow.getTime() + leftMs);
    const { text, checks } = order.policyFor(expiresAt, stsNow);
    const { plan, run } = order;
    const names = {
      sessionName: `jit-${plan.requestId}-${run}`,
      sourceIdentity: `${plan.requester.teamId}.${plan.requester.userId}`,
    };
    const wanted = {
      ...names,
      roleArn: plan.target.role,
      ...(plan.target.externalId === undefined ? {} : { externalId: plan.target.externalId }),
      tags: { grant: plan.requestId, runbook: plan.runbook.name, version: plan.runbook.version },
      policy: text,
    };
    order.signal.throwIfAborted();
    const assumed = await askAgain(() => assumeRole(deps.sts, wanted), madeNoSession, order.signal);
    const issuedLocallyAt = deps.clock.now();
    known = knownNow(assumed.issuedAt);
    const facts = {
      ...names,
      sessionArn: assumed.sessionArn,
      accessKeyId: assumed.credentials.accessKeyId,
      issuedAt: assumed.issuedAt,
      issuedLocallyAt,
      expiresAt,
      policy: text,
      checks,
    };
    const lifeMs = expiresAt.getTime() - assumed.issuedAt.getTime();
    const asOrdered = Math.abs(lifeMs - leftMs) <= TOLERANCE_MS;
    const { client, ...acts } = actsOf(deps.place, assumed, order, { lifeMs, clients });
    const session: RunSession = { facts, asOrdered, ...acts };
    if (client) clients.set(session, client);
    return session;
  }

  return {
    issue: (order) =>
      issue(order).catch((error: unknown) => {
        if (order.signal.aborted || error instanceof SessionRefused) throw error;
        const { code, sentence } = describeStsError(error);
        throw new SessionRefused(code, sentence, { cause: error });
      }),
  };
}

/** What STS's time was at a moment of the monotonic clock. */
type Known = { stsMs: number; atMs: number };

function knownNow(time: Date): Known {
  return { stsMs: time.getTime(), atMs: performance.now() };
}

/** What the session can do, with clients of its own credentials. */
function actsOf(
  place: AwsPlace,
  { credentials }: AssumedSession,
  { plan, run, follows }: SessionOrder,
  { lifeMs, clients }: { lifeMs: number; clients: WeakMap<RunSession, AthenaClient> },
): Pick<RunSession, "execute" | "probe" | "dispose"> & { client?: AthenaClient } {
  const there = { ...place, region: plan.target.region };
  const correlation = { grant: plan.requestId, run };
  switch (plan.target.service) {
    case "dynamodb": {
      const client = createSessionClient(there, credentials, correlation, plan.write ? 1 : 3);
      let wasAllowed = false;
      const answered = (watch: RunWatch) => (progress: RunProgress) => {
        wasAllowed = true;
        watch.progress(progress);
      };
      return {
        execute: (order, signal, watch) => runDynamoDb(client, order, signal, answered(watch)),
        probe: async (order, signal) =>
          wasAllowed ? probeDynamoDb(client, order, signal) : { status: "no-proof" },
        dispose: () => client.destroy(),
      };
    }
    case "athena": {
      const client = createAthenaClient(there, credentials, correlation);
      if (follows) {
        return {
          client,
          execute: () => Promise.reject(new Error("A session that follows a query starts none")),
          probe: (_, signal) => probeLook(client, follows.queryExecutionId, signal),
          dispose: () => client.destroy(),
        };
      }
      // Random, and known to nobody else: with a token that could be guessed, another caller would be given our query.
      const query: SessionQuery = { clientRequestToken: randomBytes(32).toString("hex") };
      return {
        client,
        execute: (order, signal, watch) => {
          const line = leaseLine({ client, lifeMs }, async (started) => {
            const next = await watch.nextLease(started);
            if (next === "last") return next;
            const { issuedAt, expiresAt } = next.facts;
            const nextClient = clients.get(next);
            if (!nextClient) throw new Error("The next session of a run is not this issuer's");
            return { client: nextClient, lifeMs: expiresAt.getTime() - issuedAt.getTime() };
          });
          return runAthena(line, order, query, signal, watch);
        },
        probe: (order, signal) => probeAthena(client, order, query, signal),
        dispose: () => client.destroy(),
      };
    }
  }
}

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}
