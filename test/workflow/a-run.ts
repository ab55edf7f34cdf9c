import { resolve } from "node:path";
import type { Request } from "../../src/request/request.ts";
import { submit } from "../../src/request/submit.ts";
import { castVote } from "../../src/request/vote.ts";
import { type Catalogue, loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import type { GrantTerms } from "../../src/runbook/plan.ts";
import { ownQuery } from "../../src/runbook/own-query.ts";
import { checkSql } from "../../src/sql/check-sql.ts";
import type { RunDeps } from "../../src/workflow/perform-run.ts";
import type {
  Execution,
  Heartbeat,
  ResultDelivery,
  RunSession,
  StoredRequest,
} from "../../src/workflow/ports.ts";
import { resolvePlan } from "../../src/workflow/resolve-plan.ts";
import { lead, requester } from "../fixtures/a-request.ts";
import { movableClock } from "../flows/movable-clock.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { MemoryStore } from "../slack/memory-store.ts";

/** Every port of a run in memory, each noting what was asked of it. */
export type Bench = Awaited<ReturnType<typeof aBench>>;

const singleRun: GrantTerms = { kind: "single-run", durationMinutes: 15, maxRuns: 1 };
const rows = [{ order_id: "O-00000001" }];
export const succeeded: Execution = {
  status: "succeeded",
  rows,
  pages: 1,
  itemsScanned: 1,
  capacityUnits: 0.5,
};

/** `query`: one that its requester wrote, instead of an order's number. */
export async function aBench({ grant = singleRun, query }: { grant?: GrantTerms; query?: string } = {}) {
  const { catalogue } = await loadCatalogue(resolve(import.meta.dirname, "../../runbooks"), {});
  const clock = movableClock();
  const store = new MemoryStore(approved(catalogue, grant, clock.now(), query));
  const asked: string[] = [];
  const beats: { answer: () => Promise<Request["state"]> } = { answer: async () => store.request.state };
  const session = { execute: async (): Promise<Execution> => succeeded, onIssue: () => {} };
  const delivery: ResultDelivery = {
    deliver: async () => {
      asked.push("deliver");
      return { status: "delivered", as: "table" };
    },
  };
  const stop = new AbortController();
  const stopping = new AbortController();
  const note = (what: string) => async () => void asked.push(what);
  const deps: RunDeps = {
    store: {
      create: async () => "created",
      get: (id: string): Promise<StoredRequest | undefined> => store.get(id),
      change: (id, decide) => store.change(id, decide),
      heartbeat: (_: string, beat: Heartbeat) => {
        store.beat(beat);
        return beats.answer();
      },
      ofPerson: async () => [],
      due: async () => [],
      lookAgain: async () => true,
      recordFact: note("fact"),
      saveProjection: (id, projection, basedOn) => store.saveProjection(id, projection, basedOn),
    },
    places: { take: async () => "taken" },
    reviews: { owe: async () => {}, owed: async () => [], settle: async () => {} },
    people: {
      identify: (person) => person,
      members: async () => ({ status: "unavailable", why: "nobody answers here" }),
    },
    recipes: {
      enter: async () => "entered",
      entries: async () => [],
      strike: async () => {},
      takeRun: async () => "used-up",
      runsTaken: async () => 0,
    },
    delegations: { all: async () => [], set: async () => {}, end: async () => {} },
    allowances: {
      takeAllowance: async () => "taken",
      taken: async () => ({ requests: 0, rows: 0, bytes: 0 }),
    },
    openRequests: async () => [],
    queue: { run: note("run"), project: note("project"), wake: note("wake"), stop: note("stop") },
    directory: { check: async () => ({ status: "ok" }) },
    channels: { look: async () => "unknown" },
    clock,
    log: silentLog,
    catalogue: () => catalogue,
    team: requester.teamId,
    worker: "worker-1",
    sessions: {
      issue: async (order) => {
        asked.push("issue");
        const now = clock.now();
        const expiresAt = new Date(now.getTime() + order.maxLifeMs);
        const { text, checks } = order.policyFor(expiresAt, now);
        session.onIssue();
        return aSession(asked, () => session.execute(), { now, expiresAt, policy: text, checks });
      },
    },
    janitor: { attend: () => Promise.reject(new Error("there is no query to stop")) },
    checkSql: async (sql, guardrails, at) => checkSql(sql, guardrails, at),
    delivery,
    keeper: { keep: () => void asked.push("keep"), [Symbol.asyncDispose]: () => Promise.resolve() },
    stopSignal: () => ({ signal: stop.signal, [Symbol.dispose]: () => {} }),
    stopping: stopping.signal,
  };
  return {
    deps,
    store,
    clock,
    asked,
    session,
    beats,
    stop,
    stopping,
    catalogue,
    requestId: store.request.id,
  };
}

function aSession(
  asked: string[],
  execute: () => Promise<Execution>,
  {
    now,
    expiresAt,
    policy,
    checks,
  }: { now: Date; expiresAt: Date; policy: string; checks: RunSession["facts"]["checks"] },
): RunSession {
  return {
    facts: {
      sessionName: "jit-R-1",
      sessionArn: "arn",
      accessKeyId: "ASIA1",
      sourceIdentity: "T.U",
      issuedAt: now,
      issuedLocallyAt: now,
      expiresAt,
      policy,
      checks,
    },
    execute: () => {
      asked.push("execute");
      return execute();
    },
    asOrdered: true,
    probe: async () => ({ status: "denied", detail: "" }),
    dispose: () => void asked.push("dispose"),
  };
}

function approved(catalogue: Catalogue, grant: GrantTerms, now: Date, query: string | undefined): Request {
  const plan = resolvePlan(catalogue, {
    ...(query === undefined ? anOrder : aQuery(catalogue, query, now)),
    requestId: "R0000000000000001",
    requester,
    grant,
    createdAt: now,
  });
  if (!plan) throw new Error("there is no such runbook");
  const approval = {
    ...(query === undefined
      ? { policy: "orders-read", groups: ["orders-platform"] }
      : { policy: "customers-adhoc", groups: ["customer-data"] }),
    approvers: [lead],
    count: 1,
    channel: "C0APPROVALS",
    allowPreview: false,
  };
  const request = submit({ plan, reason: "To see a run", approval, pendingMinutes: 60 }, now);
  const voted = castVote(request, { by: lead, decision: "approve" }, { rule: "orders-read" }, now);
  if (voted.status !== "changed") throw new Error("the vote was refused");
  return voted.request;
}

const anOrder = { runbook: "orders-by-id", inputs: { order_id: "O-00000001" } };

function aQuery(catalogue: Catalogue, text: string, now: Date) {
  const runbook = catalogue.runbooks.get("crm-adhoc");
  const dataSource = catalogue.dataSources.get("customers");
  const own = runbook && dataSource && ownQuery(runbook, dataSource, { query: text });
  const read = own && checkSql(own.text, own.guardrails, now);
  if (read?.status !== "ok") throw new Error(`the query is not admitted: ${JSON.stringify(read)}`);
  return { runbook: "crm-adhoc", inputs: { query: read.canonical }, query: read.analysis };
}
