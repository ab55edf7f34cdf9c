import { describe, expect, test } from "vitest";
import { mayRun } from "../../src/policy/may-run.ts";
import { castVote } from "../../src/request/vote.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import { aRequest, later, lead, T0 } from "../fixtures/a-request.ts";
import { anAccess, aPolicy, aQuestion } from "./a-question.ts";

function access({ askers, minutes }: { askers: string[]; minutes: number }): Access {
  return anAccess({ askers }, { policies: [aPolicy({ maxDurationMinutes: minutes })] });
}

function granted() {
  const outcome = castVote(aRequest(), { by: lead, decision: "approve" }, { rule: "" }, T0);
  if (outcome.status !== "changed") throw new Error("the vote was refused");
  return outcome.request;
}

function asked(files: Access, seconds: number) {
  return mayRun(files, aQuestion(files), granted(), later(seconds)).status;
}

describe("what was approved", () => {
  test("may run as long as the policy would still let its requester ask", () => {
    expect(asked(access({ askers: ["U0ONCALL"], minutes: 60 }), 60)).toBe("allowed");
    expect(asked(access({ askers: [], minutes: 60 }), 60)).toBe("no-longer-allowed");
    expect(asked(access({ askers: ["T0SECOND:U0ONCALL"], minutes: 60 }), 60)).toBe("no-longer-allowed");
    expect(asked({ ...access({ askers: ["U0ONCALL"], minutes: 60 }), policies: [] }, 60)).toBe(
      "no-longer-allowed",
    );
  });

  test("may run for as long as the policy gives now, to the moment", () => {
    const files = access({ askers: ["U0ONCALL"], minutes: 5 });
    expect(asked(files, 299.999)).toBe("allowed");
    expect(asked(files, 300)).toBe("no-longer-allowed");
  });

  test("waits while the directory that says who may ask is away, and is not over", () => {
    const files = { ...access({ askers: [], minutes: 60 }), groups: { askers: { userGroup: "S0ASKERS" } } };
    expect(asked(files, 60)).toBe("unavailable");
  });

  test("does not run while a rule forbids it, also one that can't be asked", () => {
    const rules = [{ name: "never", deny: "now.hour < 6", because: "not at night" }];
    const files = { ...access({ askers: ["U0ONCALL"], minutes: 60 }), rules };
    const at = (facts: Record<string, Record<string, bigint>>) =>
      mayRun(files, aQuestion(files, { facts }), granted(), later(60)).status;
    expect(at({ now: { hour: 7n } })).toBe("allowed");
    expect(at({ now: { hour: 5n } })).toBe("no-longer-allowed");
    expect(at({ now: {} })).toBe("no-longer-allowed");
  });

  test("waits while a rule forbids it only because a directory is away", () => {
    const rules = [{ name: "nobody-on-call", deny: "requester.onCall", because: "on call" }];
    const files = { ...access({ askers: ["U0ONCALL"], minutes: 60 }), rules };
    const unknown = [{ group: "schedule orders", why: "PagerDuty did not answer within 2 s" }];
    const question = { ...aQuestion(files, { facts: { requester: {} } }), unknown };
    expect(mayRun(files, question, granted(), later(60))).toMatchObject({
      status: "unavailable",
      group: "schedule orders",
    });
  });
});
