import type { Condition, Operand } from "../dynamodb/expressions.ts";
import { parseCondition } from "../dynamodb/parse-condition.ts";
import { parseUpdate } from "../dynamodb/parse-update.ts";
import type { AttributeValueTemplate, KeyTemplate, Step, UpdateStep } from "./step.ts";
import type { Path } from "./yaml-file.ts";

/** One value of a request beside the top-level attribute that it is compared with. */
export type BoundAttribute = {
  attribute: string;
  value: AttributeValueTemplate;
  /** As the expression writes it, `:name`; a Key has none. */
  placeholder?: string;
  /** `key`: in a Key or key condition; `filter`: in a filter, or the condition of a write; `set`: what is written. */
  place: "key" | "filter" | "set";
  /** How an expression holds it: alone in `IN ( )`, or in any other way. */
  form: "only-choice" | "other";
  path: Path;
};

/** Every comparison of a DynamoDB step, its optional clauses included; none of SQL. Throws `RequestError` when an expression can't be read. */
export function boundAttributes(step: Step): BoundAttribute[] {
  switch (step.action) {
    case "athena:StartQueryExecution":
      return [];
    case "dynamodb:GetItem":
      return fromKey(step.request.Key, ["request", "Key"]);
    case "dynamodb:BatchGetItem":
      return [
        ...Object.entries(step.request.RequestItems).flatMap(([table, { Keys }]) =>
          Keys.flatMap((key, at) => fromKey(key, ["request", "RequestItems", table, "Keys", at])),
        ),
        ...(step.optional ?? []).flatMap(({ Keys }, clause) =>
          Keys.flatMap((key, at) => fromKey(key, ["optional", clause, "Keys", at])),
        ),
      ];
    case "dynamodb:Query":
      return [
        ...fromExpressions(step.request, step.request, ["request"]),
        ...(step.optional ?? []).flatMap((clause, at) =>
          fromExpressions(step.request, clause, ["optional", at]),
        ),
      ];
    case "dynamodb:Scan":
      return fromExpressions(step.request, step.request, ["request"]);
    case "dynamodb:UpdateItem":
      return [
        ...fromKey(step.request.Key, ["request", "Key"]),
        ...fromUpdate(step.request, ["request", "UpdateExpression"]),
        ...fromExpressions(step.request, step.request, ["request"]),
      ];
  }
}

function fromKey(key: KeyTemplate, path: Path): BoundAttribute[] {
  return Object.entries(key).map(([attribute, value]) => ({
    attribute,
    value,
    place: "key",
    form: "other",
    path: [...path, attribute],
  }));
}

function fromUpdate(request: UpdateStep["request"], path: Path): BoundAttribute[] {
  const {
    UpdateExpression,
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values = {},
  } = request;
  return parseUpdate(UpdateExpression).flatMap((change): BoundAttribute[] => {
    const value = change.kind === "set" ? values[change.placeholder] : undefined;
    const [{ text }] = change.path;
    return value
      ? [
          {
            attribute: realName(text, names),
            value,
            ...(change.kind === "set" ? { placeholder: change.placeholder } : {}),
            place: "set",
            form: "other",
            path,
          },
        ]
      : [];
  });
}

type Expressions = {
  KeyConditionExpression?: string;
  FilterExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Readonly<Record<string, string>>;
  ExpressionAttributeValues?: Readonly<Record<string, AttributeValueTemplate>>;
};

/** A clause may use what the request defines, so names and values are looked up in both. */
function fromExpressions(request: Expressions, own: Expressions, path: Path): BoundAttribute[] {
  const names = { ...request.ExpressionAttributeNames, ...own.ExpressionAttributeNames };
  const values = { ...request.ExpressionAttributeValues, ...own.ExpressionAttributeValues };
  return (["KeyConditionExpression", "FilterExpression", "ConditionExpression"] as const).flatMap((where) => {
    const expression = own[where];
    if (expression === undefined) return [];
    return pairs(parseCondition(expression, where)).flatMap(
      ({ attribute, placeholder, form }): BoundAttribute[] => {
        const value = values[placeholder];
        const name = realName(attribute, names);
        const place = where === "KeyConditionExpression" ? "key" : "filter";
        return value ? [{ attribute: name, value, placeholder, place, form, path: [...path, where] }] : [];
      },
    );
  });
}

function realName(text: string, names: Readonly<Record<string, string>>): string {
  return text.startsWith("#") ? (names[text] ?? text) : text;
}

type Pair = { attribute: string; placeholder: string; form: BoundAttribute["form"] };

function pairs(condition: Condition): Pair[] {
  switch (condition.kind) {
    case "and":
    case "or":
      return [...pairs(condition.left), ...pairs(condition.right)];
    case "not":
      return pairs(condition.condition);
    case "comparison":
      return cross([condition.left, condition.right]);
    case "between":
      return cross([condition.operand, condition.low, condition.high]);
    case "in":
      return cross(
        [condition.operand, ...condition.choices],
        condition.choices.length === 1 ? "only-choice" : "other",
      );
    case "function":
      return cross([
        { kind: "path", path: condition.path },
        ...(condition.argument ? [condition.argument] : []),
      ]);
  }
}

/** Within one comparison every value meets every attribute. */
function cross(operands: readonly Operand[], form: Pair["form"] = "other"): Pair[] {
  return operands.flatMap((operand) =>
    operand.kind === "value"
      ? []
      : operands.flatMap((other) =>
          other.kind === "value"
            ? [
                {
                  attribute: operand.path[0].text,
                  placeholder: other.placeholder,
                  form: operand.kind === "size" ? "other" : form,
                },
              ]
            : [],
        ),
  );
}
