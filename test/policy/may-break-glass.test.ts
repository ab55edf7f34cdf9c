import { describe, expect, test } from "vitest";
import { mayBreakGlass } from "../../src/policy/may-break-glass.ts";
import { mayEnd } from "../../src/policy/may-end.ts";
import { mayRun } from "../../src/policy/may-run.ts";
import { submitBreakGlass } from "../../src/request/break-glass.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import { aPlan, aRequest, later, requester, T0 } from "../fixtures/a-request.ts";
import { anAccess, aQuestion, TEAM } from "./a-question.ts";

type Section = NonNullable<Access["breakGlass"]>;

const section: Section = {
  groups: ["responders"],
  runbooks: ["orders-*"],
  maxMinutes: 10,
  channel: "C0SECURITY",
  reviewers: ["security"],
  reviewHours: 2,
};
const members = { deciders: ["U0LEAD"], responders: [requester.userId], security: ["U0SECURITY"] };
const security = { teamId: TEAM, userId: "U0SECURITY" };

function access(groups: Record<string, string[]> = {}, glass: Partial<Section> = {}): Access {
  return anAccess({ ...members, ...groups }, { breakGlass: { ...section, ...glass } });
}

describe("who may break the glass", () => {
  test("is in a group named for it, for a runbook named for it, while somebody else can review", () => {
    expect(mayBreakGlass(access(), aQuestion(access()), T0)).toEqual({
      status: "allowed",
      maxMinutes: 10,
      breakGlass: {
        groups: ["responders"],
        channel: "C0SECURITY",
        reviewGroups: ["security"],
        reviewers: [security],
        reviewDueAt: later(2 * 3600).toISOString(),
      },
    });
  });

  test.each<[string, Access, string]>([
    ["no section", anAccess(members), "no-break-glass"],
    ["another runbook", access({}, { runbooks: ["crm-adhoc"] }), "no-break-glass"],
    ["a group that there is not", access({}, { groups: ["nobody"] }), "not-for-break-glass"],
    ["another person's group", access({ responders: ["U0LEAD"] }), "not-for-break-glass"],
    [
      "the same id in another workspace",
      access({ responders: ["T0SECOND:U0ONCALL"] }),
      "not-for-break-glass",
    ],
    ["no reviewer", access({ security: [] }), "nobody-can-review"],
    ["only themselves as reviewer", access({ security: ["U0ONCALL"] }), "nobody-can-review"],
    ["themselves from another workspace", access({ security: ["T0SECOND:U0ONCALL"] }), "nobody-can-review"],
  ])("%s means no", (_, files, kind) => {
    expect(mayBreakGlass(files, aQuestion(files), T0)).toMatchObject({ status: "refused", why: { kind } });
  });

  test("a directory that is away means no, and is named", () => {
    const files = access();
    files.groups["responders"] = { userGroup: "S0RESPONDERS" };
    expect(mayBreakGlass(files, aQuestion(files), T0)).toMatchObject({
      why: { kind: "not-for-break-glass", unavailable: [{ group: "responders" }] },
    });
  });
});

describe("what was started by break-glass", () => {
  const started = submitBreakGlass(
    {
      plan: aPlan(),
      reason: "It can not wait any longer",
      approval: aRequest().approval,
      pendingMinutes: 60,
    },
    {
      groups: ["responders"],
      channel: "C0SECURITY",
      reviewGroups: ["security"],
      reviewers: [security],
      reviewDueAt: later(7200).toISOString(),
    },
    T0,
  );
  const says = (files: Access, seconds = 60) =>
    mayRun(files, aQuestion(files), started, later(seconds)).status;

  test("runs while the section would allow it still, to the moment", () => {
    expect(says(access())).toBe("allowed");
    expect(says(access(), 599.999)).toBe("allowed");
    expect(says(access(), 600)).toBe("no-longer-allowed");
    expect(says(access({ responders: [] }))).toBe("no-longer-allowed");
    expect(says(anAccess(members))).toBe("no-longer-allowed");
    expect(says(access({ askers: [] }))).toBe("no-longer-allowed");
  });

  test("waits while who may can't be known", () => {
    const files = access();
    files.groups["responders"] = { userGroup: "S0RESPONDERS" };
    expect(says(files)).toBe("unavailable");
  });

  test("may be revoked by its reviewers", () => {
    expect(mayEnd(started, security, false)).toMatchObject({ status: "allowed", cause: "revoked" });
    expect(mayEnd(aRequest(), security, false).status).toBe("refused");
  });
});
