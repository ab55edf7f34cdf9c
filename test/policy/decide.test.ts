import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import type { Access, AccessPolicy } from "../../src/runbook/access-file.ts";
import { requester } from "../fixtures/a-request.ts";
import { anAccess, aPolicy, aQuestion } from "./a-question.ts";

type More = Parameters<typeof aQuestion>[1];

function decided(access: Access, more: More = {}) {
  const verdict = decide(access, aQuestion(access, more));
  if (verdict.status !== "decided") throw new Error(`the policy says ${verdict.status}`);
  return verdict;
}

function people(access: Access, more: More = {}): Record<string, string[]> {
  const { approval } = decided(access, more);
  return Object.fromEntries(
    approval.steps.map(({ name, approvers }) => [
      name,
      approvers.map((at) => approval.approvers[at]?.userId ?? ""),
    ]),
  );
}

const steps = (...of: NonNullable<AccessPolicy["approval"]["steps"]>): AccessPolicy =>
  aPolicy({ approval: { steps: of } });

describe("policies", () => {
  test("a runbook that none is for can't be asked for, whoever asks", () => {
    const access = anAccess({}, { policies: [aPolicy({ runbooks: ["ct-*"] })] });
    expect(decide(access, aQuestion(access)).status).toBe("not-a-requester");
  });

  test.each<[string, Partial<AccessPolicy>, boolean]>([
    ["a tag", { tags: ["orders"] }, true],
    ["another tag", { tags: ["logs"] }, false],
    ["a risk", { risk: ["low"] }, true],
    ["another risk", { risk: ["high"] }, false],
    ["a classification", { classification: ["internal", "pii"] }, true],
    ["an environment", { environments: ["production"] }, true],
    ["another environment", { environments: ["staging"] }, false],
    ["an operation", { operations: ["write"] }, false],
    ["all of several", { tags: ["orders"], operations: ["read"] }, true],
    ["one of several", { tags: ["orders"], operations: ["write"] }, false],
  ])("match by %s", (_, matchers, matches) => {
    const { runbooks: _all, ...rest } = aPolicy(matchers);
    const access = anAccess({ deciders: ["U0LEAD"] }, { policies: [rest] });
    expect(decide(access, aQuestion(access)).status).toBe(matches ? "decided" : "not-a-requester");
  });

  test("that match together all apply: every step, the higher count, the shorter times", () => {
    const access = anAccess(
      { deciders: ["U0LEAD", "U0APPROVER2"], security: ["U0SECURITY"] },
      {
        policies: [
          aPolicy(),
          aPolicy({ name: "more", approval: { approvers: ["deciders"], count: 2 }, maxDurationMinutes: 15 }),
          aPolicy({
            name: "pii",
            approval: { steps: [{ name: "security", anyOf: ["security"], count: 1 }] },
          }),
        ],
      },
    );
    const { approval, maxDurationMinutes } = decided(access);
    expect(approval).toMatchObject({ policy: "orders, more, pii", count: 3 });
    expect(approval.steps).toMatchObject([
      { name: "approval", count: 2, because: ["policy orders", "policy more"] },
      { name: "security", count: 1, because: ["policy pii"] },
    ]);
    expect(maxDurationMinutes).toBe(15);
  });

  test("the requester is allowed by each of them", () => {
    const policies = [aPolicy(), aPolicy({ name: "few", requesters: ["few"] })];
    const access = anAccess({ few: [], deciders: ["U0LEAD"] }, { policies });
    expect(decide(access, aQuestion(access)).status).toBe("not-a-requester");
  });

  test("the runbook narrows: of its approvers alone, and as many as it wants", () => {
    const access = anAccess(
      { deciders: ["U0LEAD", "U0APPROVER2"], others: ["U0OTHER"] },
      { policies: [aPolicy({ approval: { approvers: ["deciders", "others"], count: 1 } })] },
    );
    const { approval } = decided(access, { proposal: { minRequiredApprovals: 2 } });
    expect(approval).toMatchObject({ groups: ["deciders"], count: 2 });
    const none = decided(access, { proposal: { approvers: ["askers"] } });
    expect(none).toMatchObject({ approval: { approvers: [] }, lacking: { groups: [] } });
  });

  test("steps that are none of the runbook's add to what it wants", () => {
    const access = anAccess(
      { deciders: ["U0LEAD"], security: ["U0SECURITY"] },
      { policies: [steps({ name: "security", anyOf: ["security"], count: 1 })] },
    );
    expect(people(access)).toEqual({ security: ["U0SECURITY"], runbook: ["U0LEAD"] });
  });

  test("an empty list of approvers means nobody (field failure 20)", () => {
    const access = anAccess({ deciders: [] });
    expect(decided(access)).toMatchObject({ approval: { approvers: [] }, lacking: { available: 0 } });
  });

  test("one person in both groups is not enough for two steps", () => {
    const access = anAccess(
      { deciders: ["U0LEAD"], security: ["U0LEAD"] },
      {
        policies: [
          steps(
            { name: "owner", anyOf: ["deciders"], count: 1 },
            { name: "security", anyOf: ["security"], count: 1 },
          ),
        ],
      },
    );
    expect(decided(access)).toMatchObject({ lacking: { needed: 1, available: 0 } });
  });
});

describe("who a step excludes", () => {
  const owner = { name: "owner", anyOf: ["deciders"], count: 1 };

  test("the requester, by each identity (field failure 19)", () => {
    const access = anAccess({ deciders: [requester.userId, `T0SECOND:${requester.userId}`, "U0LEAD"] });
    expect(people(access)).toEqual({ approval: ["U0LEAD"] });
  });

  test("their team, where it is known", () => {
    const access = anAccess(
      { deciders: ["U0LEAD", "U0MATE"] },
      { policies: [steps({ ...owner, exclude: ["requester-team"] })] },
    );
    access.groups["crew"] = { members: [requester.userId, "U0MATE"], team: true };
    access.groups["others"] = { members: ["U0LEAD"], team: true };
    expect(people(access)).toEqual({ owner: ["U0LEAD"] });
    access.groups["others"] = { userGroup: "S0OTHERS", team: true };
    expect(people(access)).toEqual({ owner: [] });
  });

  test("the last editor of the runbook, and everybody where nobody says who that was", () => {
    const policies = [aPolicy({ approval: { approvers: ["deciders"], count: 1, lastEditor: "exclude" } })];
    const access = anAccess({ deciders: ["U0LEAD", "U0EDITOR"] }, { policies });
    expect(people(access, { proposal: { lastEditor: "U0EDITOR" } })).toEqual({ approval: ["U0LEAD"] });
    expect(people(access)).toEqual({ approval: [] });
  });
});

describe("a group that a directory knows", () => {
  test("has whom it names now, and nobody while it can't be asked; the card is told why (field failure 21)", () => {
    const access = anAccess({});
    access.groups["deciders"] = { schedule: "orders-primary" };
    const onCall = { status: "known", value: [{ teamId: requester.teamId, userId: "U0NIGHT" }] } as const;
    expect(people(access, { known: { deciders: onCall } })).toEqual({ approval: ["U0NIGHT"] });
    expect(decided(access)).toMatchObject({
      approval: {
        approvers: [],
        unavailable: [{ group: "deciders", why: "PagerDuty did not answer within 2 s" }],
      },
      lacking: { available: 0 },
    });
  });

  test("lets nobody ask while it can't be asked, and says so", () => {
    const access = anAccess({ deciders: ["U0LEAD"] });
    access.groups["askers"] = { userGroup: "S0ASKERS" };
    expect(decide(access, aQuestion(access))).toMatchObject({
      status: "not-a-requester",
      unavailable: [{ group: "askers" }],
    });
  });

  test("the owner is the group that the runbook names", () => {
    const access = anAccess(
      { keepers: ["U0KEEPER"] },
      { policies: [aPolicy({ approval: { approvers: ["owners"], count: 1 } })] },
    );
    access.groups["owners"] = { owner: "runbook" };
    const proposal = { approvers: ["owners"], owner: "keepers" };
    expect(people(access, { proposal })).toEqual({ approval: ["U0KEEPER"] });
    expect(people(access, { proposal: { ...proposal, owner: "owners" } })).toEqual({ approval: [] });
  });
});
