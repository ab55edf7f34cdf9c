import { parseCondition } from "../../dynamodb/parse-condition.ts";
import { parseProjection } from "../../dynamodb/parse-projection.ts";
import { parseUpdate } from "../../dynamodb/parse-update.ts";
import { RequestError } from "../../dynamodb/request-error.ts";
import type { Step } from "../step.ts";
import type { Path } from "../yaml-file.ts";
import type { Finding, Rule } from "./rule.ts";

export const expressionRules: readonly Rule[] = [
  {
    id: "DDB18",
    severity: "error",
    says: "Expressions are in DynamoDB's grammar, and its reserved words stand behind a placeholder.",
    check: ({ runbook }) =>
      runbook.steps.flatMap((step, index) =>
        expressionsOf(step).flatMap(({ path, read }) => unreadable(read, ["steps", index, ...path])),
      ),
  },
];

type Expression = { path: Path; read: () => unknown };

function expressionsOf(step: Step): Expression[] {
  switch (step.action) {
    case "athena:StartQueryExecution":
      return [];
    case "dynamodb:GetItem":
      return projection(step.request, ["request"]);
    case "dynamodb:BatchGetItem":
      return Object.entries(step.request.RequestItems).flatMap(([table, items]) =>
        projection(items, ["request", "RequestItems", table]),
      );
    case "dynamodb:Scan":
      return [...projection(step.request, ["request"]), ...conditions(step.request, ["request"])];
    case "dynamodb:UpdateItem":
      return [
        {
          path: ["request", "UpdateExpression"],
          read: () => parseUpdate(step.request.UpdateExpression),
        },
        ...conditions(step.request, ["request"]),
      ];
    case "dynamodb:Query":
      return [
        ...projection(step.request, ["request"]),
        ...conditions(step.request, ["request"]),
        ...(step.optional ?? []).flatMap((clause, at) => conditions(clause, ["optional", at])),
      ];
  }
}

function projection(
  { ProjectionExpression: text }: { ProjectionExpression?: string },
  path: Path,
): Expression[] {
  return text === undefined
    ? []
    : [{ path: [...path, "ProjectionExpression"], read: () => parseProjection(text) }];
}

function conditions(
  part: { KeyConditionExpression?: string; FilterExpression?: string; ConditionExpression?: string },
  path: Path,
): Expression[] {
  return (["KeyConditionExpression", "FilterExpression", "ConditionExpression"] as const).flatMap((where) => {
    const text = part[where];
    return text === undefined ? [] : [{ path: [...path, where], read: () => parseCondition(text, where) }];
  });
}

function unreadable(read: () => unknown, path: Path): Finding[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof RequestError) return [{ path, message: error.message }];
    throw error;
  }
}
