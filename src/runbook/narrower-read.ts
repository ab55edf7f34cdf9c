import { operandsOf, type Condition, type Operand } from "../dynamodb/expressions.ts";
import { parseCondition } from "../dynamodb/parse-condition.ts";
import { RequestError } from "../dynamodb/request-error.ts";
import type { AttributeValue, DynamoDbCall, Item } from "../dynamodb/requests.ts";
import { digest } from "./digest.ts";
import { type Direction, directionOf, movedText } from "./narrower-text.ts";

/**
 * Whether a DynamoDB call returns no item that the other would not: the same call, but for bounds of ranges in its
 * conditions that lie further inside. What can't be read counts as no.
 */
export function isNarrowerRead(wider: DynamoDbCall, narrower: DynamoDbCall): boolean {
  if (digest(wider) === digest(narrower)) return true;
  if (!hasConditions(wider) || !hasConditions(narrower)) return false;
  const { ExpressionAttributeValues: from = {}, ...rest } = wider.request;
  const { ExpressionAttributeValues: to = {}, ...other } = narrower.request;
  if (wider.action !== narrower.action || digest(rest) !== digest(other)) return false;
  const terms = termsOf(wider);
  if (!terms || digest(Object.keys(from).toSorted()) !== digest(Object.keys(to).toSorted())) return false;
  return Object.keys(from).every((placeholder) => {
    const directions = terms.flatMap((term) => directionsOf(term, placeholder));
    return directions.every((direction) => moved(from, to, placeholder, direction));
  });
}

type WithConditions = Extract<DynamoDbCall, { action: "dynamodb:Query" | "dynamodb:Scan" }>;

function hasConditions(call: DynamoDbCall): call is WithConditions {
  return call.action === "dynamodb:Query" || call.action === "dynamodb:Scan";
}

/** The conditions that every item meets. */
function termsOf({ request }: WithConditions): Condition[] | undefined {
  const expressions = [
    ...("KeyConditionExpression" in request ? [request.KeyConditionExpression] : []),
    ...(request.FilterExpression === undefined ? [] : [request.FilterExpression]),
  ];
  try {
    return expressions.flatMap((text) => conjuncts(parseCondition(text, "condition")));
  } catch (error) {
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

function conjuncts(condition: Condition): Condition[] {
  return condition.kind === "and"
    ? [...conjuncts(condition.left), ...conjuncts(condition.right)]
    : [condition];
}

/** Of each place where the value stands in a condition. */
function directionsOf(term: Condition, placeholder: string): Direction[] {
  const places = operandsOf(term).filter((operand) => isValue(operand, placeholder)).length;
  const known = rangeOf(term)
    .filter(({ operand }) => isValue(operand, placeholder))
    .map(({ direction }) => direction);
  return [...known, ...Array<undefined>(places - known.length).fill(undefined)];
}

/** The bounds of a comparison of one attribute. */
function rangeOf(term: Condition): { operand: Operand; direction: Direction }[] {
  if (term.kind === "comparison" && term.left.kind === "path")
    return [{ operand: term.right, direction: directionOf(term.comparator, 0) }];
  if (term.kind === "between" && term.operand.kind === "path")
    return [term.low, term.high].map((operand, at) => ({ operand, direction: directionOf("between", at) }));
  return [];
}

function isValue(operand: Operand, placeholder: string): boolean {
  return operand.kind === "value" && operand.placeholder === placeholder;
}

function moved(from: Readonly<Item>, to: Readonly<Item>, placeholder: string, direction: Direction): boolean {
  const [before, after] = [from[placeholder], to[placeholder]];
  if (digest(before ?? null) === digest(after ?? null)) return true;
  const [one, other] = [textOf(before), textOf(after)];
  return one !== undefined && other !== undefined && movedText(one, other, direction);
}

/** Times are texts. */
function textOf(value: AttributeValue | undefined): string | undefined {
  return value && "S" in value ? value.S : undefined;
}
