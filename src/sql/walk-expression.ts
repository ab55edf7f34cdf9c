import { boundlessCall } from "./out-of-nothing.ts";
import { resolveName } from "./scopes.ts";
import { partsOf } from "./syntax.ts";
import type { Expression } from "./syntax.ts";
import { walkQuery } from "./walk-query.ts";
import { placeIn } from "./walk.ts";
import type { Surroundings, Walk } from "./walk.ts";

/** Records every column, function and parameter of an expression, and walks its sub-queries. */
export function walkExpression(walk: Walk, expression: Expression, around: Surroundings): void {
  const place = placeIn(around, expression.place);
  const { clause } = around;
  if (expression.kind === "name") return walkName(walk, expression, expression.path, around);
  if (expression.kind === "call") {
    walk.functions.push({ place, name: expression.name });
    walk.fromNothing.push(...boundlessCall(expression, place));
  }
  if (expression.kind === "parameter")
    walk.parameters.push({ place, index: expression.index, clause, inPattern: around.inPattern ?? false });
  if (expression.kind === "query") walkQuery(walk, expression.query, around);
  const inner =
    expression.kind === "lambda"
      ? { ...around, lambdas: new Set([...around.lambdas, ...expression.parameters]) }
      : around;
  for (const part of partsOf(expression)) {
    const isPattern = expression.kind === "like" && part !== expression.operand;
    walkExpression(walk, part, isPattern ? { ...inner, inPattern: true } : inner);
  }
}

function walkName(walk: Walk, expression: Expression, path: readonly string[], around: Surroundings): void {
  const resolution = resolveName(path, around.scope, around.lambdas);
  if (!resolution) return;
  const { owners, missing, found } = resolution;
  if (found && owners.length === 0 && missing.length === 0) return;
  walk.columns.push({
    place: placeIn(around, expression.place),
    text: path.join("."),
    clause: around.clause,
    role: walk.roles.get(expression) ?? "expression",
    owners,
    missing,
  });
}
