import { conditionsHold } from "./conditions.ts";
import { actionFits } from "./evaluate.ts";
import type { AuthorizationRequest, Statement } from "./policy-document.ts";
import { requestContext, type RequestContext } from "./request-context.ts";
import { allOf, anyOf, type Truth } from "./truth.ts";

/** A role's trust policy: who may assume it. It has no `Resource`, the role itself is meant. */
export type TrustPolicy = { Version: "2012-10-17"; Statement: TrustStatement[] };

type TrustStatement = Omit<Statement, "Resource" | "Principal"> & {
  Principal: "*" | { AWS: string | string[] };
};

export type TrustRequest = {
  /** `sts:AssumeRole`, `sts:TagSession` or `sts:SetSourceIdentity`; each is asked for separately. */
  action: string;
  /** All ARNs that the caller is: a role session is its session ARN and its role ARN. */
  callers: readonly string[];
  context: AuthorizationRequest["context"];
};

/** Same logic and same closing of the unknown as `evaluate`; a Deny wins, then one Allow must apply. */
export function evaluateTrust(
  policy: TrustPolicy,
  request: TrustRequest,
): { allowed: boolean; denial?: "explicit" | "implicit" } {
  const context = requestContext(request.context);
  const truth = (statement: TrustStatement) => applies(statement, request, context);
  if (policy.Statement.some((s) => s.Effect !== "Allow" && truth(s) !== false)) {
    return { allowed: false, denial: "explicit" };
  }
  if (policy.Statement.some((s) => s.Effect === "Allow" && truth(s) === true)) return { allowed: true };
  return { allowed: false, denial: "implicit" };
}

const knownElements = new Set(["Sid", "Effect", "Principal", "Action", "Condition"]);

function applies(statement: TrustStatement, request: TrustRequest, context: RequestContext): Truth {
  return allOf([
    Object.keys(statement).every((key) => knownElements.has(key)) || "unknown",
    principalFits(statement.Principal, request.callers),
    statement.Action === undefined ? "unknown" : actionFits(statement.Action, request.action),
    conditionsHold(statement.Condition ?? {}, context),
  ]);
}

/** `*`, an exact ARN, an account id, or an account's root ARN (which means everyone in the account). */
function principalFits(
  principal: TrustStatement["Principal"] | undefined,
  callers: readonly string[],
): Truth {
  if (principal === undefined) return "unknown";
  if (principal === "*") return true;
  if (Object.keys(principal).some((kind) => kind !== "AWS")) return "unknown";
  const wanted = typeof principal.AWS === "string" ? [principal.AWS] : principal.AWS;
  return anyOf(
    wanted.flatMap((arn) =>
      callers.map((caller) => arn === "*" || arn === caller || isAccountOf(arn, caller)),
    ),
  );
}

function isAccountOf(principal: string, caller: string): boolean {
  const [, account] = /^(?:arn:aws[a-z-]*:iam::(?=\d{12}:root$))?(\d{12})(?::root)?$/u.exec(principal) ?? [];
  return account !== undefined && caller.split(":")[4] === account;
}
