import { expect, test } from "vitest";
import type { Request } from "../../src/request/request.ts";
import { beginRevocation, completeRevocation, endLease } from "../../src/request/revoke.ts";
import { finishRun, recordLease, startRun } from "../../src/request/run.ts";
import { castVote } from "../../src/request/vote.ts";
import { dueAt } from "../../src/request/due.ts";
import { keepDenyList } from "../../src/workflow/keep-deny-list.ts";
import { aRequest, later, lead, T0 } from "../fixtures/a-request.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { MemoryStore } from "../slack/memory-store.ts";

const KEY = "ASIAEXAMPLE000000001";

test("a grant whose writer dies after IAM took the list is taken out of it when its last session is over", async () => {
  const store = new MemoryStore(cutShort());
  const written: string[] = [];
  let now = later(12);
  const look = () =>
    keepDenyList(
      {
        store: { ...unused, get: (id) => store.get(id), change: (...order) => store.change(...order) },
        queue: { run: nothing, project: nothing, stop: nothing, wake: nothing },
        clock: { now: () => now },
        log: silentLog,
        denyList: {
          async deny() {
            written.push("named");
            throw new Error("killed, and the list stands");
          },
          async purge() {
            written.push("purged");
            return "done";
          },
        },
      },
      store.request,
    );
  await look();
  expect(written).toEqual(["named"]);

  // The end of its only session is proven before anybody comes to the list again.
  store.become(
    must(
      endLease(
        store.request,
        1,
        KEY,
        { at: later(20).toISOString(), proof: "expired", detail: "by its own time" },
        later(20),
      ),
    ),
  );
  store.become(must(completeRevocation(store.request, later(20))));
  now = later(60);
  await look();
  expect(written).toEqual(["named"]);
  const due = dueAt(store.request);
  expect(due).toBeDefined();

  now = new Date(Date.parse(due ?? ""));
  await look();
  expect(written).toEqual(["named", "purged"]);
  expect(store.request.events.at(-1)?.fact.type).toBe("grant.purged");
  expect(dueAt(store.request)).toBeUndefined();
  await look();
  expect(written).toEqual(["named", "purged"]);
});

const nothing = async () => {};
const unused = {
  create: async () => "created" as const,
  heartbeat: async () => "active" as const,
  ofPerson: async () => [],
  due: async () => [],
  lookAgain: async () => true,
  recordFact: nothing,
  saveProjection: async () => "saved" as const,
};

/** Ended by an approver while its run had a session. */
function cutShort(): Request {
  const asked = aRequest();
  const named: Request = {
    ...asked,
    plan: {
      ...asked.plan,
      target: { ...asked.plan.target, revokerRole: "arn:aws:iam::111122223333:role/jit-revoker" },
      output: { ...asked.plan.output, removeOnEnd: false },
    },
  };
  let request = must(castVote(named, { by: lead, decision: "approve" }, { rule: "r" }, T0));
  request = must(startRun(request, 1, "w1", later(10)));
  request = must(
    recordLease(
      request,
      1,
      "w1",
      {
        sessionName: "jit-R0000000000000001-1",
        sessionArn: "arn:aws:sts::111122223333:assumed-role/jit-data-dynamodb-read/jit-R0000000000000001-1",
        accessKeyId: KEY,
        sourceIdentity: "U0ONCALL",
        policyDigest: "c".repeat(64),
        checks: { allowed: 1, denied: 9 },
        issuedAt: later(10).toISOString(),
        expiresAt: later(40).toISOString(),
        localExpiresAt: later(40).toISOString(),
      },
      later(10),
    ),
  );
  request = must(beginRevocation(request, { cause: "revoked", by: lead }, later(11)));
  const failure = { code: "grant-ended", sentence: "It ended." };
  return must(finishRun(request, 1, { event: "stop", failure }, "w1", later(11)));
}

function must(outcome: ReturnType<typeof startRun>): Request {
  if (outcome.status !== "changed") throw new Error(`refused: ${JSON.stringify(outcome)}`);
  return outcome.request;
}
