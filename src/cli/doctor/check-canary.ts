import type { Config } from "../../config.ts";
import type { Catalogue } from "../../runbook/load-catalogue.ts";
import type { CanaryBook, CanaryOutcome } from "../../workflow/ports.ts";
import { error, type Finding, nameOf, ok, unseen, warning } from "./finding.ts";

/** It runs once a night; more than that and two hours means that a night was missed. */
const LATE_MS = 26 * 3_600_000;

/** Whether the canary runs, may run, and was green. */
export async function checkCanary(
  { canary }: Pick<Config, "canary">,
  catalogue: Pick<Catalogue, "access" | "runbooks"> | undefined,
  book: Pick<CanaryBook, "last">,
  now: Date,
): Promise<Finding[]> {
  const about = "canary";
  if (!canary)
    return [
      warning(
        about,
        "There is none: nothing shows every night that ended sessions are refused.",
        "Set JIT_CANARY_RUNBOOK to a reading runbook that a policy names with canary: true.",
      ),
    ];
  const { runbook } = canary;
  const policies = catalogue?.access.policies ?? [];
  const isAllowed = policies.some((one) => one.canary === true && one.runbooks?.includes(runbook) === true);
  if (catalogue && !catalogue.runbooks.has(runbook))
    return [
      error(about, `There is no runbook ${runbook}.`, "Correct JIT_CANARY_RUNBOOK, or publish that runbook."),
    ];
  if (catalogue && !isAllowed)
    return [
      error(
        about,
        `No policy of access.yml lets it run ${runbook}.`,
        "Name it exactly under runbooks in a policy with canary: true.",
      ),
    ];
  try {
    return [resultFinding(about, await book.last(), now)];
  } catch (thrown) {
    return [
      unseen(about, `How the last one ended can't be seen (${nameOf(thrown)}).`, "Run jit doctor again."),
    ];
  }
}

function resultFinding(about: string, last: CanaryOutcome | undefined, now: Date): Finding {
  if (!last)
    return unseen(about, "None has run yet.", "Wait for the night (03:17 UTC), or run jit canary now.");
  const hours = Math.round((now.getTime() - Date.parse(last.at)) / 3_600_000);
  if (last.status === "red")
    return error(
      about,
      `The last one was red, at ${last.at} (${last.id}).`,
      "Read its steps in the log or the audit channel, and run jit canary to see whether it still is.",
    );
  if (now.getTime() - Date.parse(last.at) > LATE_MS)
    return error(
      about,
      `The last one ran ${hours} hours ago; it should run every night.`,
      "See that a worker with JIT_CANARY_RUNBOOK runs, and that Redis keeps its schedule.",
    );
  return ok(about, `The last one was green, at ${last.at}.`);
}
