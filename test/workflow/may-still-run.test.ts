import { describe, expect, test } from "vitest";
import { type AuditEvent, type AuditFact, nextEvent } from "../../src/request/audit-event.ts";
import { escalate } from "../../src/request/escalation.ts";
import type { Approval, ApprovalStep, Request } from "../../src/request/request.ts";
import { policyChangedFact } from "../../src/request/stricter.ts";
import { submit, submitApproved } from "../../src/request/submit.ts";
import { castVote } from "../../src/request/vote.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import { digest } from "../../src/runbook/digest.ts";
import { atStart, refusal, type RefusalCode } from "../../src/sql/refusal.ts";
import { performRun } from "../../src/workflow/perform-run.ts";
import { runAgain } from "../../src/workflow/run-again.ts";
import { approver2, lead, requester } from "../fixtures/a-request.ts";
import { aBench, type Bench } from "./a-run.ts";

const aWindow = { kind: "window", durationMinutes: 60, maxRuns: 3 } as const;

/** The same files, but for `access.yml`. */
function withAccess({ deps, catalogue }: Bench, change: (access: Access) => void): Bench["deps"] {
  const access = structuredClone(catalogue.access);
  change(access);
  return { ...deps, catalogue: () => ({ ...catalogue, access }) };
}

function withoutRequester(access: Access): void {
  for (const group of Object.values(access.groups))
    group.members = (group.members ?? []).filter((member) => member !== requester.userId);
}

function atMost(minutes: number) {
  return (access: Access) => {
    for (const policy of access.policies) policy.maxDurationMinutes = minutes;
  };
}

describe("a query that its requester wrote, read again before a run", () => {
  const query =
    "SELECT customer_id FROM customers WHERE dt = '2026-11-20' AND status = 'CLOSED' ORDER BY customer_id LIMIT 5";
  const answering =
    (code: RefusalCode): Bench["deps"]["checkSql"] =>
    async () => ({
      status: "refused",
      refusals: [refusal(code, "the text is not read", atStart)],
    });

  test.each(["too-slow", "busy"] as const)(
    "waits while nobody can read it (%s), and runs once somebody can",
    async (code) => {
      const bench = await aBench({ query });
      await performRun({ ...bench.deps, checkSql: answering(code) }, bench.requestId, 1);
      expect(bench.asked).not.toContain("issue");
      expect(bench.store.request).toMatchObject({ state: "active", runs: [{ state: "queued" }] });
      await performRun(bench.deps, bench.requestId, 1);
      expect(bench.store.request.runs[0]?.state).toBe("succeeded");
    },
  );

  test("does not run where the guardrails refuse it by now, and ends the grant", async () => {
    const bench = await aBench({ query });
    await performRun({ ...bench.deps, checkSql: answering("table") }, bench.requestId, 1);
    expect(bench.asked).not.toContain("issue");
    expect(bench.store.request).toMatchObject({
      state: "revoking",
      revocation: { cause: "plan-changed" },
      runs: [{ state: "failed", failure: { code: "plan-changed" } }],
    });
  });

  test("does not run as another query than was approved, whatever is read", async () => {
    const bench = await aBench({ query });
    const { checkSql } = bench.deps;
    const other: typeof checkSql = (text, ...rest) => checkSql(text.replace("'CLOSED'", "'ACTIVE'"), ...rest);
    await expect(performRun({ ...bench.deps, checkSql: other }, bench.requestId, 1)).rejects.toThrow(
      "not the one that is asked for",
    );
    expect(bench.asked).not.toContain("issue");
    expect(bench.store.request.runs[0]?.state).toBe("queued");
  });
});

describe("the policy, asked again before a run", () => {
  test("lets nothing run for a requester who may not ask any more, and ends the grant", async () => {
    const bench = await aBench();
    await performRun(withAccess(bench, withoutRequester), bench.requestId, 1);
    expect(bench.asked).not.toContain("issue");
    expect(bench.store.request).toMatchObject({
      state: "revoking",
      revocation: { cause: "no-longer-allowed" },
      runs: [{ state: "failed", failure: { code: "no-longer-allowed" } }],
    });
    expect(bench.store.request.runs[0]?.failure?.sentence).toMatch(/may not ask .* any more.*nothing ran/);
  });

  test("waits while the directory that says who may ask is away, and runs once it answers", async () => {
    const bench = await aBench();
    const deps = withAccess(bench, ({ groups }) => {
      groups["engineering"] = { userGroup: "S0ENGINEERING" };
    });
    await performRun(deps, bench.requestId, 1);
    expect(bench.asked).not.toContain("issue");
    expect(bench.store.request).toMatchObject({ state: "active", runs: [{ state: "queued" }] });
    const members = async () => ({ status: "known" as const, value: [requester] });
    const people = { ...deps.people, members };
    await performRun({ ...deps, people }, bench.requestId, 1);
    expect(bench.store.request.runs[0]?.state).toBe("succeeded");
  });

  test("does not undo an approval because its approvers left since then: they were asked when they voted", async () => {
    const bench = await aBench();
    const deps = withAccess(bench, ({ groups }) =>
      Object.assign(groups["orders-platform"]!, { members: [] }),
    );
    await performRun(deps, bench.requestId, 1);
    expect(bench.store.request.runs[0]?.state).toBe("succeeded");
  });

  test("caps a window that the policy would now give for a shorter time", async () => {
    const inTime = await aBench({ grant: aWindow });
    inTime.clock.advance(4 * 60_000);
    await performRun(withAccess(inTime, atMost(5)), inTime.requestId, 1);
    expect(inTime.store.request.runs[0]?.state).toBe("succeeded");

    const late = await aBench({ grant: aWindow });
    late.clock.advance(5 * 60_000);
    await performRun(withAccess(late, atMost(5)), late.requestId, 1);
    expect(late.asked).not.toContain("issue");
    expect(late.store.request).toMatchObject({
      revocation: { cause: "no-longer-allowed" },
      runs: [{ state: "failed", failure: { code: "no-longer-allowed" } }],
    });
    expect(late.store.request.runs[0]?.failure?.sentence).toContain("5 minutes");
  });

  test("refuses to run again, and ends the grant at once", async () => {
    for (const change of [withoutRequester, atMost(5)]) {
      const bench = await aBench({ grant: aWindow });
      await performRun(bench.deps, bench.requestId, 1);
      bench.clock.advance(5 * 60_000);
      const act = { requestId: bench.requestId, by: requester };
      const outcome = await runAgain(withAccess(bench, change), act);
      expect(outcome).toMatchObject({ status: "refused", why: { kind: "no-longer-allowed" } });
      expect(bench.store.request).toMatchObject({
        state: "revoking",
        revocation: { cause: "no-longer-allowed" },
        runs: [{ no: 1 }],
      });
      expect(bench.asked).toContain("fact");
    }
  });

  test("is not asked for a stranger, who ends nothing by pressing Run again", async () => {
    const bench = await aBench({ grant: aWindow });
    await performRun(bench.deps, bench.requestId, 1);
    const outcome = await runAgain(withAccess(bench, withoutRequester), {
      requestId: bench.requestId,
      by: lead,
    });
    expect(outcome).toMatchObject({ status: "refused", why: { kind: "not-yours" } });
    expect(bench.store.request.state).toBe("active");
  });
});

describe("the stored events, replayed before a run", () => {
  const stranger = { teamId: requester.teamId, userId: "U0STRANGER" };

  /** Somebody with access to the table writes other events, and computes the chain of them anew. */
  function rewritten(request: Request, change: (event: AuditEvent) => AuditEvent | undefined): Request {
    let events: AuditEvent[] = [];
    for (const event of request.events) {
      const other = change(event);
      if (other) events = [...events, nextEvent(request.id, events, other.at, other.actor, other.fact)];
    }
    return { ...request, events };
  }

  /** The same, with one more event before the first of this kind. */
  function withBefore(
    request: Request,
    type: AuditFact["type"],
    actor: AuditEvent["actor"],
    fact: AuditFact,
  ) {
    const at = request.events.findIndex((event) => event.fact.type === type);
    const told = [...request.events];
    told.splice(at, 0, { ...told[at]!, actor, fact });
    return rewritten({ ...request, events: told }, (event) => event);
  }

  /** The same plan asked for anew under another approval. */
  function askedUnder(request: Request, approval: Partial<Approval>): Request {
    const { plan, reason, createdAt } = request;
    const whole = { ...request.approval, ...approval };
    return submit({ plan, reason, approval: whole, pendingMinutes: 60 }, new Date(createdAt));
  }

  function voted(request: Request, by: typeof lead): Request {
    const now = new Date(request.createdAt);
    const outcome = castVote(request, { by, decision: "approve" }, { rule: "orders-read" }, now);
    if (outcome.status !== "changed") throw new Error(`the vote was refused: ${outcome.why.kind}`);
    return outcome.request;
  }

  const byRule = { rule: "small-reads", expression: "true", facts: {} };

  function approvedByRule({ plan, reason, approval, createdAt }: Request): Request {
    return submitApproved({ plan, reason, approval, pendingMinutes: 60 }, byRule, new Date(createdAt));
  }

  const step = (name: string, approvers: number[]): ApprovalStep => ({
    name,
    stage: 0,
    groups: ["orders-platform"],
    approvers,
    count: 1,
    because: ["policy orders-read"],
  });

  const voteBy = (by: typeof lead) => (event: AuditEvent) =>
    event.fact.type === "vote.approved" ? { ...event, actor: { kind: "person", id: by } as const } : event;

  test.each<[string, string, (request: Request) => Request]>([
    [
      "a changed event",
      "event 0 was changed after it was recorded",
      (request) => ({
        ...request,
        events: request.events.map((event) => ({ ...event, at: "2026-01-01T00:00:00.000Z" })),
      }),
    ],
    [
      "a cut-off tail",
      "the runs are not those of the events",
      (request) => ({ ...request, events: request.events.slice(0, -1) }),
    ],
    [
      "no events at all",
      "the events do not begin with the one submission",
      (request) => ({ ...request, events: [] }),
    ],
    [
      "the vote taken out and the chain computed anew",
      "the events hold too few approvals",
      (request) => rewritten(request, (event) => (event.fact.type === "vote.approved" ? undefined : event)),
    ],
    [
      "the vote of somebody who is no approver",
      "somebody approved who was not asked",
      (request) => ({
        ...rewritten(request, voteBy(stranger)),
        votes: [{ ...request.votes[0]!, by: stranger }],
      }),
    ],
    [
      "a stranger made an approver afterwards",
      "what was submitted is not what is stored",
      (request) => ({
        ...rewritten(request, voteBy(stranger)),
        votes: [{ ...request.votes[0]!, by: stranger }],
        approval: { ...request.approval, approvers: [stranger] },
      }),
    ],
    [
      "the requester's own vote",
      "the requester approved their own request",
      (request) => ({
        ...rewritten(request, voteBy({ ...requester, teamId: "T0SECOND" })),
        votes: [{ ...request.votes[0]!, by: { ...requester, teamId: "T0SECOND" } }],
      }),
    ],
    [
      "a vote for another plan",
      "an approval is for another plan",
      (request) =>
        rewritten(request, (event) =>
          event.fact.type === "vote.approved"
            ? { ...event, fact: { ...event.fact, planDigest: "b".repeat(64) } }
            : event,
        ),
    ],
    [
      "fewer approvals needed than there were",
      "what was submitted is not what is stored",
      (request) => {
        const more = rewritten(request, (event) =>
          event.fact.type === "request.submitted" ? { ...event, fact: { ...event.fact, count: 2 } } : event,
        );
        return { ...more, approval: { ...request.approval, count: 1 } };
      },
    ],
    [
      "too few votes for its count",
      "the events hold too few approvals",
      (request) => ({
        ...rewritten(request, (event) =>
          event.fact.type === "request.submitted" ? { ...event, fact: { ...event.fact, count: 2 } } : event,
        ),
        approval: { ...request.approval, count: 2 },
      }),
    ],
    [
      "the same vote twice",
      "somebody approved twice",
      (request) => {
        let events: AuditEvent[] = [];
        for (const event of request.events) {
          events = [...events, nextEvent(request.id, events, event.at, event.actor, event.fact)];
          if (event.fact.type === "vote.approved")
            events = [...events, nextEvent(request.id, events, event.at, event.actor, event.fact)];
        }
        return { ...request, events, votes: [request.votes[0]!, request.votes[0]!] };
      },
    ],
    [
      "a longer grant",
      "the grant is not the one that was approved",
      (request) => ({ ...request, grant: { ...request.grant!, endsAt: "2027-11-21T00:00:00.000Z" } }),
    ],
    [
      "a longer grant in the events too",
      "the grant is not the one that was approved",
      (request) => {
        const grant = { ...request.grant!, endsAt: "2027-11-21T00:00:00.000Z" };
        const longer = rewritten(request, (event) =>
          event.fact.type === "request.approved" ? { ...event, fact: { ...event.fact, grant } } : event,
        );
        return { ...longer, grant };
      },
    ],
    [
      "an end that is recorded",
      "event 4 says revocation.started, but the document is active",
      (request) => {
        const at = request.events.at(-1)!.at;
        const fact = { type: "revocation.started", cause: "revoked" } as const;
        const ended = nextEvent(request.id, request.events, at, { kind: "system" }, fact);
        return { ...request, events: [...request.events, ended] };
      },
    ],
    [
      "a run that was started before",
      "the runs are not those of the events",
      (request) => {
        const at = request.events.at(-1)!.at;
        const fact = { type: "run.started", run: 1, planDigest: request.planDigest } as const;
        const before = nextEvent(request.id, request.events, at, { kind: "worker", id: "w" }, fact);
        return { ...request, events: [...request.events, before] };
      },
    ],
    [
      "a run that is over queued once more",
      "event 6 queues run 1 out of its turn",
      (request) => {
        const at = request.events.at(-1)!.at;
        const worker = { kind: "worker", id: "w" } as const;
        const failure = { code: "timeout", sentence: "It took too long." };
        const facts: AuditEvent["fact"][] = [
          { type: "run.started", run: 1, planDigest: request.planDigest },
          { type: "run.failed", run: 1, failure },
          { type: "run.queued", run: 1 },
        ];
        let { events } = request;
        for (const fact of facts) events = [...events, nextEvent(request.id, events, at, worker, fact)];
        return { ...request, events };
      },
    ],
    [
      "its approval only after the grant",
      "an approval came after the grant",
      (request) => {
        const [submitted, vote, ...rest] = request.events;
        let events: AuditEvent[] = [];
        for (const { at, actor, fact } of [submitted!, ...rest, vote!])
          events = [...events, nextEvent(request.id, events, at, actor, fact)];
        return { ...request, events };
      },
    ],
    [
      "another requester",
      "the requester is not who submitted it",
      (request) => ({ ...request, requester: stranger }),
    ],
    [
      "another requester in its plan, with the digest of that plan everywhere",
      "the requester is not who submitted it",
      (request) => {
        const plan = { ...request.plan, requester: stranger };
        const planDigest = digest(plan);
        const told = rewritten(request, ({ fact, ...event }) => ({
          ...event,
          fact: "planDigest" in fact ? { ...fact, planDigest } : fact,
        }));
        return { ...told, plan, planDigest };
      },
    ],
    [
      "a policy that asks for less since then",
      "what the policy asks for besides is not what the events say",
      (request) => {
        const { approval } = request;
        const wanted = askedUnder(request, { count: 2 });
        const [submitted, ...rest] = request.events;
        const told = { ...wanted, events: [{ ...submitted!, fact: wanted.events[0]!.fact }, ...rest] };
        const { grant, runs, votes, state } = request;
        return withBefore(
          { ...told, grant: grant!, runs, votes, state, stricter: approval },
          "vote.approved",
          { kind: "system" },
          policyChangedFact(wanted.approval, approval),
        );
      },
    ],
    [
      "a vote for somebody who was back by then",
      "somebody approved for a person who was back",
      (request) => {
        const [vote] = request.votes;
        const delegatedBy = { person: lead, until: vote!.at };
        const told = rewritten(request, (event) =>
          event.fact.type === "vote.approved"
            ? { ...event, actor: { kind: "person", id: stranger }, fact: { ...event.fact, delegatedBy } }
            : event,
        );
        return { ...told, votes: [{ ...vote!, by: stranger, delegatedBy }] };
      },
    ],
    [
      "a step that escalated before its time",
      "the steps that more people may decide are not those of the events",
      (request) => {
        const more = { afterMinutes: 10, groups: ["chiefs"], people: [stranger] };
        const pending = askedUnder(request, { steps: [{ ...step("owner", [0]), escalate: more }] });
        const at = pending.createdAt;
        const inTime = escalate(pending, new Date(Date.parse(at) + 600_000));
        if (inTime.status !== "changed") throw new Error("it did not escalate");
        const told = rewritten(inTime.request, (event) => ({ ...event, at }));
        return voted({ ...told, escalated: [{ step: "owner", at }] }, stranger);
      },
    ],
    [
      "a rule's approval twice",
      "the rule that approved is not what the events say",
      (request) => {
        const approved = approvedByRule(request);
        const said = approved.events.find(({ fact }) => fact.type === "request.auto-approved")!;
        return withBefore(approved, "request.auto-approved", said.actor, said.fact);
      },
    ],
    [
      "a vote besides the rule that approved",
      "the rule that approved is not what the events say",
      (request) => {
        const vote = request.events.find(({ fact }) => fact.type === "vote.approved")!;
        const told = withBefore(approvedByRule(request), "request.auto-approved", vote.actor, vote.fact);
        return { ...told, votes: request.votes };
      },
    ],
    [
      "the vote for a step of somebody who was asked for another",
      "somebody approved a step that was not theirs",
      (request) => {
        const steps = [step("owner", [0, 1]), step("security", [2])];
        const pending = askedUnder(request, { steps, count: 2, approvers: [lead, approver2, stranger] });
        const granted = voted(voted(pending, lead), stranger);
        const told = rewritten(granted, (event) =>
          event.actor.kind === "person" && event.actor.id.userId === stranger.userId
            ? { ...event, actor: { kind: "person", id: approver2 } }
            : event,
        );
        const [first, second] = granted.votes;
        return { ...told, votes: [first!, { ...second!, by: approver2 }] };
      },
    ],
    [
      "votes taken out of the document",
      "the votes are not those of the events",
      (request) => ({ ...request, votes: [] }),
    ],
  ])("stop a run whose record has %s, and somebody is told to look", async (_, contradiction, forge) => {
    const bench = await aBench();
    bench.store.become(forge(bench.store.request));
    const errors: unknown[] = [];
    const log = {
      ...bench.deps.log,
      error: (message: string, fields?: unknown) => void errors.push([message, fields]),
    };
    await performRun({ ...bench.deps, log }, bench.requestId, 1);
    expect(bench.asked).not.toContain("issue");
    expect(bench.store.request).toMatchObject({
      state: "revoking",
      runs: [{ state: "failed", failure: { code: "audit-broken" } }],
    });
    expect(errors).toEqual([
      [
        "the audit events of a request do not say what its document says",
        { correlationId: `${bench.requestId}/1`, contradiction },
      ],
    ]);
  });

  test("hold for every run of a window", async () => {
    const bench = await aBench({ grant: aWindow });
    await performRun(bench.deps, bench.requestId, 1);
    expect(await runAgain(bench.deps, { requestId: bench.requestId, by: requester })).toMatchObject({
      status: "done",
    });
    await performRun(bench.deps, bench.requestId, 2);
    expect(bench.store.request.runs.map(({ state }) => state)).toEqual(["succeeded", "succeeded"]);
  });
});
