import type { ActionsBlock, Button } from "@slack/types";
import type { Request } from "../../request/request.ts";
import { lacksLook } from "../../request/look.ts";
import { possiblySamePerson } from "../../request/same-person.ts";
import { canBeTakenBack } from "../../workflow/take-back.ts";
import { runsWithRowsOnTheWay } from "../../request/rows.ts";
import { isOpen } from "../../request/transitions.ts";
import type { PersonId, Plan } from "../../runbook/plan.ts";
import { APPROVE_LESS } from "./approve-less-view.ts";
import { actions, button } from "./elements.ts";
import type { Audience, CardExtra } from "./request-card.ts";
import { personalColumns, plannedQuery } from "./planned-query.ts";
import { utc } from "./markup.ts";
import { counted, minutes, shortDigest } from "./words.ts";

export const ANOTHER_QUERY = "jit_another_query";
export const ROLL_BACK = "jit_roll_back";

/** Only what can still be done. A button is never the authority: each click is checked again. */
export function cardActions(request: Request, audience: Audience, { asked }: CardExtra): ActionsBlock {
  const value = actionValue(request);
  const show = button("Show the exact request", "jit_show", value);
  return actions([
    ...(audience === "requester" ? requesterActs(request) : approverActs(request, asked)),
    show,
  ]);
}

/** What a button says about itself: the request, and the plan that its reader saw. */
export function actionValue(request: Request): string {
  return `${request.id}:${shortDigest(request.planDigest)}`;
}

function approverActs(request: Request, asked: PersonId | undefined): Button[] {
  const value = actionValue(request);
  if (request.state === "active")
    return [
      button("Revoke…", "jit_revoke", value, {
        style: "danger",
        label: request.plan.recipe ? "Revoke this recipe now" : "Revoke this access now",
      }),
    ];
  if (runsWithRowsOnTheWay(request).length > 0)
    return [button("Withhold the rows…", "jit_revoke", value, { style: "danger" })];
  const answered = asked && request.votes.some((vote) => possiblySamePerson(vote.by, asked));
  if (request.state !== "pending" || answered) return [];
  return [
    ...(lacksLook(request) ? [] : [approveButton(request)]),
    ...(request.plan.narrowing ? [button("Approve less…", APPROVE_LESS, value)] : []),
    button("Deny…", "jit_deny", value, { style: "danger" }),
  ];
}

function requesterActs(request: Request): Button[] {
  const value = actionValue(request);
  if (request.state === "pending")
    return [
      button("Cancel", "jit_cancel", value, {
        confirm: { title: "Cancel this request?", text: "Nobody can approve it any more.", yes: "Cancel it" },
      }),
    ];
  if (request.state === "active" && request.plan.recipe) return [endRecipe(value)];
  if (request.state === "active")
    return [
      ...(mayRunAgain(request) ? [button("Run again", "jit_run_again", value)] : []),
      ...(mayRunAgain(request) && request.plan.grant.approves === "within-guardrails" && !request.breakGlass
        ? [button("Ask another query", ANOTHER_QUERY, value)]
        : []),
      button("End access", "jit_end", value, {
        style: "danger",
        confirm: {
          title: "End this access?",
          text: "A run that is going is stopped, its session ends and no further run starts.",
          yes: "End it",
          danger: true,
        },
      }),
    ];
  return [
    // As soon as it is done: whoever sees that it was wrong must not wait for a session to end.
    ...(canBeTakenBack(request) ? [button("Roll back…", ROLL_BACK, value)] : []),
    ...(isOpen(request.state) || request.plan.recipe ? [] : [button("Ask again", "jit_ask_again", value)]),
  ];
}

function endRecipe(value: string): Button {
  return button("End recipe", "jit_end", value, {
    style: "danger",
    confirm: {
      title: "End this recipe?",
      text: "People decide again from the next request on. What it approved before goes on.",
      yes: "End it",
      danger: true,
    },
  });
}

function approveButton(request: Request): Button {
  const { plan } = request;
  const isHighRisk = plan.runbook.riskLevel === "high" || plan.runbook.riskLevel === "critical";
  const what = `“${plan.runbook.title}” (${plan.runbook.name} v${plan.runbook.version}) on ${plan.target.environment}`;
  const { recipe } = plan;
  const window = recipe
    ? `up to ${counted(recipe.runs, "run", "runs")} until ${utc(recipe.until)}, without asking again`
    : `${minutes(plan.grant.durationMinutes)}, ${plan.grant.kind === "single-run" ? "one run" : `up to ${plan.grant.maxRuns} runs`}`;
  const digest = isHighRisk
    ? ` Risk: ${plan.runbook.riskLevel}. Plan ${shortDigest(request.planDigest)}.`
    : "";
  return button("Approve", "jit_approve", actionValue(request), {
    style: "primary",
    label: `Approve ${plan.runbook.title}`,
    confirm: {
      title: `Approve on ${plan.target.environment}?`,
      text: [`${what}, for ${window}.${digest}`, ...approvesToo(plan)].join(" "),
      yes: "Approve",
    },
  });
}

/** What the one who presses must not overlook. */
function approvesToo(plan: Plan): string[] {
  const query = plannedQuery(plan);
  const personal = query ? personalColumns(query.scope) : 0;
  return [
    ...(personal > 0 ? [`Reads ${counted(personal, "column", "columns")} with personal data (PII).`] : []),
    ...(plan.write ? ["It changes data."] : []),
    ...(plan.grant.approves === "within-guardrails" ? ["Covers further queries within the guardrails."] : []),
  ];
}

function mayRunAgain(request: Request): boolean {
  const isBusy = request.runs.some((run) => run.state === "queued" || run.state === "running");
  return request.plan.grant.kind === "window" && !isBusy && request.runs.length < request.plan.grant.maxRuns;
}
