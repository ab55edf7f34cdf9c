import { expect, test } from "vitest";
import type { PersonProblem } from "../../src/request/outcome.ts";
import type { StandaloneFact } from "../../src/workflow/ports.ts";
import { viewRequest } from "../../src/workflow/view-request.ts";
import { lead, requester } from "../fixtures/a-request.ts";
import { aBench } from "./a-run.ts";

test.each<[string, typeof lead, PersonProblem]>([
  ["its approver who was deactivated", lead, "deactivated"],
  ["its requester who was deactivated", requester, "deactivated"],
  ["its approver who became a guest", lead, "guest"],
  ["its approver of whom the directory can't say anything now", lead, "unknown"],
])("a request is not shown to %s, and that is recorded", async (_, by, problem) => {
  const { deps, requestId } = await aBench();
  const facts: StandaloneFact[] = [];
  const recording = {
    ...deps,
    store: { ...deps.store, recordFact: async (fact: StandaloneFact) => void facts.push(fact) },
  };
  expect(await viewRequest(recording, { requestId, by })).toMatchObject({ status: "done" });
  const check = async () => ({ status: "refused", problem }) as const;
  expect(await viewRequest({ ...recording, directory: { check } }, { requestId, by })).toMatchObject({
    status: "refused",
    why: { kind: "person", problem },
  });
  expect(facts).toMatchObject([{ type: "act.refused", act: "view request", actor: by, requestId }]);
});
