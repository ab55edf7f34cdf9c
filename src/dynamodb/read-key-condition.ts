import type { Condition, Operand } from "./expressions.ts";
import { keyText } from "./key-values.ts";
import { parseCondition } from "./parse-condition.ts";
import type { Placeholders } from "./placeholders.ts";
import { RequestError } from "./request-error.ts";
import type { TableKeys } from "./table-schema.ts";

/**
 * The one partition that a key condition names, as IAM's `dynamodb:LeadingKeys` holds it. The condition is
 * `partition = :value`, optionally AND one condition on the sort key (API Reference, Query).
 */
export function readKeyCondition(expression: string, keys: TableKeys, placeholders: Placeholders): string {
  let partition: string | undefined;
  let sorted = false;
  for (const term of conjuncts(parseCondition(expression, where))) {
    const { attribute, operator, values } = readTerm(term, placeholders);
    if (attribute === keys.partitionKey) {
      if (operator !== "=") {
        throw new RequestError(
          "no-partition-equality",
          `${where}: ${attribute} must be compared with =, not ${operator}.`,
        );
      }
      if (partition !== undefined) fail(`${attribute} is compared twice`);
      partition = keyText(placeholders.value(values[0] ?? ""), attribute);
    } else if (attribute === keys.sortKey) {
      if (sorted) fail(`${attribute} is compared twice`);
      for (const value of values) keyText(placeholders.value(value), attribute);
      sorted = true;
    } else {
      fail(`${attribute} is no key attribute of what is queried; put it into FilterExpression`);
    }
  }
  if (partition === undefined) {
    throw new RequestError("no-partition-equality", `${where}: ${keys.partitionKey} = :value is missing.`);
  }
  return partition;
}

const where = "KeyConditionExpression";

type Term = { attribute: string; operator: string; values: string[] };

function conjuncts(condition: Condition): Condition[] {
  return condition.kind === "and"
    ? [...conjuncts(condition.left), ...conjuncts(condition.right)]
    : [condition];
}

function readTerm(term: Condition, placeholders: Placeholders): Term {
  switch (term.kind) {
    case "comparison":
      if (term.comparator === "<>") return fail("<> is not allowed");
      return {
        attribute: attributeOf(term.left, placeholders),
        operator: term.comparator,
        values: [placeholderOf(term.right)],
      };
    case "between":
      return {
        attribute: attributeOf(term.operand, placeholders),
        operator: "BETWEEN",
        values: [placeholderOf(term.low), placeholderOf(term.high)],
      };
    case "function":
      if (term.name !== "begins_with" || !term.argument) return fail(`${term.name} is not allowed`);
      return {
        attribute: attributeOf({ kind: "path", path: term.path }, placeholders),
        operator: term.name,
        values: [placeholderOf(term.argument)],
      };
    case "and":
    case "or":
    case "not":
    case "in":
      return fail(`${term.kind.toUpperCase()} is not allowed`);
    default:
      return term satisfies never;
  }
}

function attributeOf(operand: Operand, placeholders: Placeholders): string {
  if (operand.kind !== "path" || operand.path.length > 1)
    return fail("a key attribute must stand on the left");
  return placeholders.path(operand.path)[0];
}

function placeholderOf(operand: Operand): string {
  if (operand.kind === "value") return operand.placeholder;
  throw new RequestError(
    "partition-not-a-value",
    `${where}: a key attribute can only be compared with a :value.`,
  );
}

function fail(reason: string): never {
  throw new RequestError("key-condition", `${where}: ${reason}.`);
}
