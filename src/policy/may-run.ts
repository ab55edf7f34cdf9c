import type { Request } from "../request/request.ts";
import type { Access } from "../runbook/access-file.ts";
import type { RecipeTerms } from "../runbook/recipe.ts";
import { type Decided, decide } from "./decide.ts";
import { mayBreakGlass } from "./may-break-glass.ts";
import type { Question } from "./question.ts";

export type MayRun =
  /** `allowPreview`: whether a masked preview may stand in the thread. */
  | { status: "allowed"; allowPreview: boolean }
  /** Who may ask can't be known now: nothing runs, and nothing is over. */
  | { status: "unavailable"; group: string; why: string }
  | {
      status: "no-longer-allowed";
      /** For the thread: what changed, a clause that what follows from it is added to. */
      because: string;
      /** What to do, a sentence. */
      advice: string;
    };

const ASK_AN_ADMIN = "An admin can say why.";

/**
 * Whether the policy as it is now still lets the requester run what was approved: they may still ask for it, no rule
 * forbids it, and the window is not longer than it would be given now. Approvers are not asked again: they were allowed
 * to vote when they did, and who left since then takes back no approval.
 */
export function mayRun(access: Access, question: Question, request: Request, now: Date): MayRun {
  const verdict = decide(access, question);
  const { runbook } = question.proposal;
  if (verdict.status === "not-a-requester") {
    const [unknown] = verdict.unavailable;
    if (unknown) return { status: "unavailable", ...unknown };
    return {
      status: "no-longer-allowed",
      because: `The policy changed after this was approved: its requester may not ask for ${runbook} any more`,
      advice: ASK_AN_ADMIN,
    };
  }
  if (verdict.status === "denied-by-rule") {
    // A directory that is away forbids for as long as it is away, and ends nothing.
    const [away] = verdict.unknown ? (question.unknown ?? []) : [];
    if (away) return { status: "unavailable", ...away };
    return {
      status: "no-longer-allowed",
      because: `The rule ${verdict.rule} of the policy forbids ${runbook} now (${verdict.because})`,
      advice: ASK_AN_ADMIN,
    };
  }
  const glass = request.breakGlass && mayBreakGlass(access, question, now);
  if (glass?.status === "refused") {
    const [unknown] = "unavailable" in glass.why ? glass.why.unavailable : [];
    if (unknown) return { status: "unavailable", ...unknown };
    return {
      status: "no-longer-allowed",
      because: `The policy changed: it allows its requester no break-glass for ${runbook} any more`,
      advice: ASK_AN_ADMIN,
    };
  }
  if (request.plan.recipe) return mayApprove(verdict, request.plan.recipe, request);
  const maxDurationMinutes = Math.min(verdict.maxDurationMinutes, glass?.maxMinutes ?? Infinity);
  const sinceMs = now.getTime() - Date.parse(request.grant?.startsAt ?? now.toISOString());
  if (sinceMs >= maxDurationMinutes * 60_000)
    return {
      status: "no-longer-allowed",
      because: `The policy changed after this was approved: it gives at most ${maxDurationMinutes} minutes now, and they are over`,
      advice: "Ask again.",
    };
  return { status: "allowed", allowPreview: verdict.approval.allowPreview };
}

/** Whether the policy as it is now would let such a recipe be asked for. */
function mayApprove(
  { recipes }: Decided,
  { runs, until }: RecipeTerms,
  { createdAt, plan }: Pick<Request, "createdAt" | "plan">,
): MayRun {
  const days = (Date.parse(until) - Date.parse(createdAt)) / DAY_MS;
  if (recipes && runs <= recipes.maxRuns && days <= recipes.maxDays)
    return { status: "allowed", allowPreview: false };
  return {
    status: "no-longer-allowed",
    because: `The policy changed after this was approved: it allows no such recipe for ${plan.runbook.name} any more`,
    advice: "Ask again.",
  };
}

const DAY_MS = 86_400_000;
