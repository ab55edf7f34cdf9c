import { conditionsHold } from "./conditions.ts";
import { matchArn } from "./match-arn.ts";
import { matchPattern } from "./match-pattern.ts";
import type { AuthorizationRequest, Decision, PolicyDocument, Statement } from "./policy-document.ts";
import { expandPattern, unresolved } from "./policy-variables.ts";
import { requestContext, type RequestContext } from "./request-context.ts";
import { allOf, anyOf, type Truth } from "./truth.ts";

type Layer = "identity" | "session";

/**
 * Decides one request as AWS does (IAM User Guide, "Policy evaluation logic"): a Deny that applies in any
 * layer wins; then each layer that is present must allow. `session: []` is a present layer that allows
 * nothing; no `session` means a role session without session policy. Whatever can't be understood (an
 * operator, a variable without value, an element of a statement) closes: such an Allow doesn't apply, such a Deny does.
 */
export function evaluate(
  policies: { identity: readonly PolicyDocument[]; session?: readonly PolicyDocument[] },
  request: AuthorizationRequest,
): Decision {
  const context = requestContext(request.context);
  const layers: [Layer, readonly PolicyDocument[]][] = [["identity", policies.identity]];
  if (policies.session) layers.push(["session", policies.session]);

  for (const [layer, documents] of layers) {
    const statement = statements(documents).find((s) => isDeny(s) && applies(s, request, context) !== false);
    if (statement) return { allowed: false, denial: "explicit", layer, statement };
  }
  const allowing: { layer: Layer; statement: Statement }[] = [];
  for (const [layer, documents] of layers) {
    const matching = statements(documents).filter((s) => !isDeny(s) && applies(s, request, context) === true);
    if (matching.length === 0) return { allowed: false, denial: "implicit", layer };
    allowing.push(...matching.map((statement) => ({ layer, statement })));
  }
  return { allowed: true, statements: allowing };
}

/** Whether one action of a request is covered by an `Action` element; service and operation ignore case. */
export function actionFits(patterns: string | readonly string[], action: string): Truth {
  const wanted = action.toLowerCase();
  return anyOf(
    list(patterns).map((pattern) => {
      if (!/[*?$]/u.test(pattern)) return pattern.toLowerCase() === wanted;
      const expanded = expandPattern(pattern.toLowerCase(), new Map());
      return expanded === unresolved ? "unknown" : matchPattern(expanded, wanted);
    }),
  );
}

const knownElements = new Set(["Sid", "Effect", "Action", "Resource", "Condition"]);

function applies(statement: Statement, request: AuthorizationRequest, context: RequestContext): Truth {
  const action = statement.Action === undefined ? "unknown" : actionFits(statement.Action, request.action);
  // Most statements are about other actions; what else they say is not read.
  if (action === false) return false;
  return allOf([
    action,
    // Documents come from JSON: what the type promises may be missing, and NotAction and the like may be there.
    Object.keys(statement).every((key) => knownElements.has(key)) || "unknown",
    statement.Resource === undefined
      ? "unknown"
      : anyOf(list(statement.Resource).map((arn) => matchArn(arn, request.resource, context))),
    conditionsHold(statement.Condition ?? {}, context),
  ]);
}

function isDeny(statement: Statement): boolean {
  return statement.Effect !== "Allow";
}

/** AWS accepts a single statement without a list around it. */
function statements(documents: readonly PolicyDocument[]): Statement[] {
  return documents.flatMap((document) => document.Statement as Statement[] | Statement);
}

function list(values: string | readonly string[]): readonly string[] {
  return typeof values === "string" ? [values] : values;
}
