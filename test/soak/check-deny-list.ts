import type { Request } from "../../src/request/request.ts";
import type { AwsPeer } from "../../src/sandbox/aws/start-aws.ts";
import type { Violation } from "./violation.ts";

const NAME = "jit-revoked-grants";

/** A grant that is over for good stands in no deny-list any more, and was taken out of it if it ever stood there. */
export function checkDenyList(
  aws: Pick<AwsPeer, "inlinePolicy">,
  { id, plan, state, revocation }: Request,
): Violation[] {
  const list = aws.inlinePolicy(plan.target.role, NAME) ?? "";
  if (state !== "revoked" || !list.includes(id)) return [];
  const purged = revocation?.purgedAt ?? "never";
  return [
    { invariant: 4, requestId: id, what: `still stands in the deny-list, taken out ${purged}: ${list}` },
  ];
}
