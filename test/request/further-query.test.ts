import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  approvalCovers,
  forRun,
  furtherQueryHolds,
  queueFurtherQuery,
} from "../../src/request/further-query.ts";
import type { Outcome } from "../../src/request/outcome.ts";
import type { FurtherQuery, Request } from "../../src/request/request.ts";
import { finishRun, startRun } from "../../src/request/run.ts";
import { submit } from "../../src/request/submit.ts";
import { castVote } from "../../src/request/vote.ts";
import { digest } from "../../src/runbook/digest.ts";
import { type Catalogue, loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import type { GrantTerms, Plan } from "../../src/runbook/plan.ts";
import { ownQuery, type CheckSql } from "../../src/runbook/own-query.ts";
import { checkSql } from "../../src/sql/check-sql.ts";
import type { SqlAnalysis } from "../../src/sql/sql-analysis.ts";
import { resolvePlan } from "../../src/workflow/resolve-plan.ts";
import { runPlanHolds } from "../../src/workflow/run-plan-holds.ts";
import { lead, requester } from "../fixtures/a-request.ts";
import { type AthenaRunbooks, athenaRunbooks } from "../flows/athena-runbooks.ts";

const now = new Date("2026-11-21T02:10:00.000Z");
const aWindow: GrantTerms = { kind: "window", durationMinutes: 60, maxRuns: 4 };
const on = (day: string) =>
  `SELECT eventname, eventtime FROM cloudtrail_logs WHERE account = '111122223333' AND day = '${day}' LIMIT 5`;

describe("a further query", () => {
  let runbooks: AthenaRunbooks;
  let catalogue: Catalogue;

  beforeAll(async () => {
    runbooks = await athenaRunbooks();
    ({ catalogue } = await loadCatalogue(runbooks.dir, {}));
  });
  afterAll(() => runbooks?.[Symbol.asyncDispose]());

  function planOf(day: string, { runbook = "trail-hunt", grant = aWindow } = {}): Plan {
    const read = queryOn(day, runbook);
    const plan = resolvePlan(catalogue, {
      runbook,
      inputs: { query: read.canonical },
      query: read,
      requestId: "R0000000000000001",
      requester,
      grant,
      createdAt: now,
    });
    if (!plan) throw new Error(`there is no runbook ${runbook}`);
    return plan;
  }

  /** The files, and the check of SQL as its thread does it. */
  function files() {
    const check: CheckSql = async (text, guardrails, at) => checkSql(text, guardrails, at);
    return { catalogue: () => catalogue, checkSql: check };
  }

  /** As its requester sends it, read. */
  function queryOn(day: string, name: string): SqlAnalysis {
    const runbook = catalogue.runbooks.get(name);
    const dataSource = runbook && catalogue.dataSources.get(runbook.datasource);
    const own = dataSource && ownQuery(runbook, dataSource, { query: on(day) });
    const read = own && checkSql(own.text, own.guardrails, now);
    if (read?.status !== "ok") throw new Error(`the query of ${name} is not admitted`);
    return read.analysis;
  }

  function furtherOf(plan: Plan, key = "form-1"): FurtherQuery {
    return { plan, planDigest: digest(plan), key };
  }

  /** Approved, its first run over. */
  function opened(plan: Plan = planOf("2026/11/20")): Request {
    const approval = {
      policy: "trail-read",
      groups: ["log-owners"],
      approvers: [lead],
      count: 1,
      channel: "C0APPROVALS",
      allowPreview: false,
    };
    const request = submit({ plan, reason: "To hunt", approval, pendingMinutes: 60 }, now);
    const voted = must(castVote(request, { by: lead, decision: "approve" }, { rule: "r" }, now));
    const started = must(startRun(voted, 1, "worker-1", now));
    const failure = { code: "timeout", sentence: "It took too long." };
    return must(finishRun(started, 1, { event: "fail", failure }, "worker-1", now));
  }

  test("is the next run, under its own plan; the first run keeps the approved one", async () => {
    const further = furtherOf(planOf("2026/11/19"));
    const request = must(queueFurtherQuery(opened(), requester, further, now));
    expect(request.runs[1]).toMatchObject({ no: 2, state: "queued", further: { key: "form-1" } });
    expect(forRun(request, 2).planDigest).toBe(further.planDigest);
    expect(forRun(request, 1)).toBe(request);
    expect(request.planDigest).toBe(opened().planDigest);
    expect(await runPlanHolds(files(), request, 2)).toBe("holds");
    const started = must(startRun(request, 2, "worker-1", now));
    expect(started.events.at(-1)?.fact).toMatchObject({ run: 2, planDigest: further.planDigest });
  });

  test("that comes twice with one form is one run", () => {
    const further = furtherOf(planOf("2026/11/19"));
    const once = must(queueFurtherQuery(opened(), requester, further, now));
    expect(queueFurtherQuery(once, requester, further, now)).toEqual({
      status: "refused",
      why: { kind: "nothing-to-do" },
    });
  });

  test.each<[string, () => Plan, GrantTerms | undefined, string]>([
    ["for one text", () => planOf("2026/11/19", { runbook: "trail-adhoc" }), undefined, "this-query-only"],
    [
      "for one run",
      () => planOf("2026/11/19", { grant: { kind: "single-run", durationMinutes: 60, maxRuns: 1 } }),
      undefined,
      "no-runs-left",
    ],
  ])("is refused where the approval is %s", (_, approved, __, kind) => {
    const outcome = queueFurtherQuery(opened(approved()), requester, furtherOf(planOf("2026/11/18")), now);
    expect(outcome).toMatchObject({ status: "refused", why: { kind } });
  });

  test("is refused of a stranger, and after the window", () => {
    const further = furtherOf(planOf("2026/11/19"));
    expect(queueFurtherQuery(opened(), lead, further, now)).toMatchObject({ why: { kind: "not-yours" } });
    const later = new Date(now.getTime() + 3_600_000);
    expect(queueFurtherQuery(opened(), requester, further, later)).toMatchObject({
      why: { kind: "window-over" },
    });
  });

  test.each<[string, (plan: Plan) => Plan]>([
    [
      "another role",
      (plan) => ({ ...plan, target: { ...plan.target, role: "arn:aws:iam::111122223333:role/a" } }),
    ],
    ["more rows", (plan) => ({ ...plan, limits: { ...plan.limits, maxRows: 10_000 } })],
    ["other guardrails", (plan) => ({ ...plan, guardrailsDigest: "0".repeat(64) })],
    ["a longer window", (plan) => ({ ...plan, grant: { ...plan.grant, durationMinutes: 600 } })],
    ["another version", (plan) => ({ ...plan, runbook: { ...plan.runbook, digest: "0".repeat(64) } })],
    ["another requester", (plan) => ({ ...plan, requester: lead })],
    ["a bigger scan", (plan) => withScope(plan, { maxBytesScanned: 1e15 })],
    [
      "another workgroup",
      (plan) => withScope(plan, { workgroup: { name: "primary", results: { kind: "managed" } } }),
    ],
    ["rows that stay", (plan) => ({ ...plan, output: { ...plan.output, audience: "thread-preview" } })],
  ])("with %s is not covered by the approval", (_, change) => {
    const approved = planOf("2026/11/20");
    const plan = planOf("2026/11/19");
    expect(approvalCovers(approved, plan)).toBe(true);
    expect(approvalCovers(approved, change(plan))).toBe(false);
    expect(queueFurtherQuery(opened(), requester, furtherOf(change(plan)), now)).toMatchObject({
      why: { kind: "guardrails-changed" },
    });
  });

  test.each<[string, (request: Request, further: FurtherQuery) => Request]>([
    [
      "another text in its plan",
      (request, further) => withFurther(request, { ...further, plan: withText(further.plan) }),
    ],
    [
      "another plan and its digest",
      (request, further) => withFurther(request, furtherOf(withText(further.plan))),
    ],
    ["the approved plan exchanged", (request) => ({ ...request, plan: withText(request.plan) })],
    [
      "no query of its own any more",
      (request) => ({ ...request, runs: request.runs.map(({ further: _further, ...run }) => run) }),
    ],
    [
      "no record of its admission",
      (request) => ({
        ...request,
        events: request.events.filter(({ fact }) => fact.type !== "query.admitted"),
      }),
    ],
    [
      "somebody else in the record",
      (request) => ({
        ...request,
        events: request.events.map((event) =>
          event.fact.type === "query.admitted" ? { ...event, actor: { kind: "person", id: lead } } : event,
        ),
      }),
    ],
    [
      "a plan outside the approval, with its digest, also in the record",
      (request, further) => {
        const more = { ...further.plan, limits: { ...further.plan.limits, maxRows: 10_000 } };
        return withAdmitted(request, furtherOf(more));
      },
    ],
  ])("whose stored document was given %s does not hold, so it does not run", async (_, forge) => {
    const further = furtherOf(planOf("2026/11/19"));
    const request = must(queueFurtherQuery(opened(), requester, further, now));
    expect(furtherQueryHolds(request, 2)).toBe(true);
    expect(furtherQueryHolds(forge(request, further), 2)).toBe(false);
    expect(await runPlanHolds(files(), forge(request, further), 2)).toBe("changed");
  });

  test("is not recorded with its text where the text is sensitive", () => {
    const sensitive = (plan: Plan): Plan => ({ ...plan, sensitive: ["query"] });
    const further = furtherOf(sensitive(planOf("2026/11/19")));
    const request = must(queueFurtherQuery(opened(sensitive(planOf("2026/11/20"))), requester, further, now));
    const { fact } = request.events.at(-1) ?? {};
    expect(fact).toMatchObject({
      type: "query.admitted",
      textDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(JSON.stringify(fact)).not.toContain("SELECT");
  });

  test("that the stored document has no room for is refused, and nothing is queued", () => {
    const huge = planOf("2026/11/19");
    const column = { ...huge.output.columns[0]!, title: "x".repeat(260_000) };
    const further = furtherOf({ ...huge, output: { ...huge.output, columns: [column] } });
    expect(queueFurtherQuery(opened(), requester, further, now)).toMatchObject({
      why: { kind: "record-full" },
    });
  });
});

function withScope(plan: Plan, change: Partial<NonNullable<Plan["athena"]>>): Plan {
  return { ...plan, athena: { ...plan.athena!, ...change } };
}

function withText(plan: Plan): Plan {
  return JSON.parse(JSON.stringify(plan).replaceAll("eventname", "useridentity")) as Plan;
}

function withFurther(request: Request, further: FurtherQuery): Request {
  return { ...request, runs: request.runs.map((run) => (run.further ? { ...run, further } : run)) };
}

/** The run's own query, and the record of its admission to fit. */
function withAdmitted(request: Request, further: FurtherQuery): Request {
  const { planDigest } = further;
  const events = request.events.map((event) =>
    event.fact.type === "query.admitted" ? { ...event, fact: { ...event.fact, planDigest } } : event,
  );
  return { ...withFurther(request, further), events };
}

function must(outcome: Outcome): Request {
  if (outcome.status !== "changed") throw new Error(JSON.stringify(outcome));
  return outcome.request;
}
