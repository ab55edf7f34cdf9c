import { expect, test } from "vitest";
import { buildPlan } from "../../src/runbook/build-plan.ts";
import { checkInputs } from "../../src/runbook/check-inputs.ts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import { validateMessageBlocks } from "../../src/sandbox/slack/blocks/validate-blocks.ts";
import { checkView } from "../../src/sandbox/slack/blocks/validate-view.ts";
import { exactRequestView } from "../../src/slack/blocks/exact-request.ts";
import { requestCard } from "../../src/slack/blocks/request-card.ts";
import { requestForm } from "../../src/slack/blocks/request-form.ts";
import { checkSql } from "../../src/sql/check-sql.ts";
import { requester, T0 } from "../fixtures/a-request.ts";
import { choiceOf } from "./all-kinds-runbook.ts";
import { lives } from "./lives.ts";

test("Slack takes the form, the card and the exact request of every runbook in the catalogue", async () => {
  const { catalogue } = await loadCatalogue("runbooks");
  for (const runbook of catalogue.runbooks.values()) {
    const form = requestForm({ runbook, choice: choiceOf(runbook), requester, metadata: "{}" });
    checkView(JSON.parse(JSON.stringify(form)), "modal");

    const dataSource = catalogue.dataSources.get(runbook.datasource)!;
    for (const { given, expect: expected } of runbook.tests) {
      if (!expected.valid) continue;
      const now = new Date(given.now ?? T0);
      const checked = await checkInputs(
        { runbook, dataSource, raw: given.parameters, now },
        async (text, guardrails, at) => checkSql(text, guardrails, at),
      );
      if (checked.status === "invalid")
        throw new Error(`${runbook.fileName}: ${JSON.stringify(checked.errors)}`);
      const { maxDurationMinutes, maxRuns, kinds } = runbook.grant;
      const draft = buildPlan({
        runbook,
        dataSource,
        inputs: checked.inputs,
        query: checked.query,
        requestId: "R0000000000000001",
        requester,
        grant: { kind: kinds.at(-1)!, durationMinutes: maxDurationMinutes, maxRuns },
        createdAt: now,
      });
      const request = lives["pending"]!({ plan: { ...draft, sessionPolicy: "{}" } });
      expect(validateMessageBlocks(requestCard(request, "approvers-channel").blocks)).toEqual([]);
      expect(validateMessageBlocks(requestCard(request, "approver-dm").blocks)).toEqual([]);
      expect(() =>
        checkView(JSON.parse(JSON.stringify(exactRequestView(request, []))), "modal"),
      ).not.toThrow();
    }
  }
});
