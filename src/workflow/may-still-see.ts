import { RetryableError } from "../errors.ts";
import { forRun } from "../request/further-query.ts";
import type { Request } from "../request/request.ts";
import { askPolicyAgain } from "./ask-policy-again.ts";
import type { Deps } from "./deps.ts";

export type MayStillSee =
  /** `preview`: whether the policy of now lets a masked one stand in the thread as well. */
  { status: "allowed"; preview: boolean } | { status: "withheld"; why: string };

/**
 * Whether the policy of now still lets the requester have the rows of this run: what could not be asked for any more is
 * not brought either. Who the requester is, and who reads where rows would stand, is asked of Slack besides.
 *
 * @throws RetryableError while that can't be known; the rows wait.
 */
export async function mayStillSee(deps: Deps, request: Request, run: number): Promise<MayStillSee> {
  const { runbook } = request.plan;
  if (!deps.catalogue().runbooks.has(runbook.name))
    return {
      status: "withheld",
      why: `The runbook ${runbook.name} is not published any more, so nobody can say who may see its rows. They are not kept.`,
    };
  const policy = await askPolicyAgain(deps, forRun(request, run), deps.clock.now()).catch(
    (error: unknown) => {
      throw new RetryableError("The policy could not be asked whether rows may be brought", { cause: error });
    },
  );
  switch (policy.status) {
    case "allowed":
      return { status: "allowed", preview: policy.allowPreview && request.approval.allowPreview };
    case "unavailable":
      throw new RetryableError(`Who is in ${policy.group} can't be known now (${policy.why})`);
    case "no-longer-allowed":
      return {
        status: "withheld",
        why: `${policy.because}, so its rows were not brought. They are not kept. ${policy.advice}`,
      };
  }
}
