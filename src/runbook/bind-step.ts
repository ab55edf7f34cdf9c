import type { AttributeValue, DynamoDbCall, Item } from "../dynamodb/requests.ts";
import { andExpression } from "./and-expression.ts";
import type { DerivedValues } from "./derive.ts";
import type { ValueRef } from "./derived-value.ts";
import type { InputValue } from "./inputs.ts";
import type {
  AttributeValueTemplate,
  DynamoDbStep,
  KeyTemplate,
  QueryStep,
  ScanStep,
  UpdateStep,
} from "./step.ts";

/** What stands ready to be bound: the checked inputs and what was derived from them. */
export type Values = { inputs: Readonly<Record<string, InputValue>>; derived: DerivedValues };

/**
 * The AWS request of a step with its values bound. Values go only to leaves of attribute values; the text of every
 * expression comes from the runbook's file alone. Optional clauses are joined on when their parameter is given.
 */
export function bindStep(step: DynamoDbStep, values: Values): DynamoDbCall {
  switch (step.action) {
    case "dynamodb:GetItem":
      return { action: step.action, request: { ...step.request, Key: bindItem(step.request.Key, values) } };
    case "dynamodb:BatchGetItem":
      return bindBatch(step, values);
    case "dynamodb:Query":
      return bindQuery(step, values);
    case "dynamodb:Scan":
      return bindScan(step, values);
    case "dynamodb:UpdateItem":
      return bindUpdate(step, values);
  }
}

function bindScan(step: ScanStep, values: Values): DynamoDbCall {
  const { FilterExpression, ExpressionAttributeValues, ...rest } = step.request;
  const templates = ExpressionAttributeValues ?? {};
  const filter =
    FilterExpression === undefined ? undefined : spreadLists(FilterExpression, templates, values);
  return {
    action: step.action,
    request: {
      ...rest,
      ...(filter !== undefined && { FilterExpression: filter }),
      ...(Object.keys(templates).length > 0 && { ExpressionAttributeValues: bindValues(templates, values) }),
    },
  };
}

/** Its condition may choose among a list, as a filter may. */
function bindUpdate(step: UpdateStep, values: Values): DynamoDbCall {
  const { Key, ConditionExpression, ExpressionAttributeValues, ...rest } = step.request;
  const templates = ExpressionAttributeValues ?? {};
  return {
    action: step.action,
    request: {
      ...rest,
      Key: bindItem(Key, values),
      ConditionExpression: spreadLists(ConditionExpression, templates, values),
      ...(Object.keys(templates).length > 0 && { ExpressionAttributeValues: bindValues(templates, values) }),
    },
  };
}

function bindBatch(step: DynamoDbStep & { action: "dynamodb:BatchGetItem" }, values: Values): DynamoDbCall {
  const further = (step.optional ?? [])
    .filter(({ when }) => isGiven(when, values))
    .flatMap(({ Keys }) => Keys);
  const tables = Object.entries(step.request.RequestItems).map(([table, { Keys, ...rest }]) => [
    table,
    { Keys: distinct([...Keys, ...further].map((key) => bindItem(key, values))), ...rest },
  ]);
  return { action: step.action, request: { RequestItems: Object.fromEntries(tables) } };
}

/** DynamoDB refuses a batch that names one key twice; a person may type one id twice. */
function distinct(keys: readonly Item[]): Item[] {
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

function bindQuery(step: QueryStep, values: Values): DynamoDbCall {
  const { FilterExpression, ExpressionAttributeNames, ExpressionAttributeValues, ...rest } = step.request;
  const clauses = (step.optional ?? []).filter(({ when }) => isGiven(when, values));
  const keyCondition = andExpression([
    rest.KeyConditionExpression,
    ...clauses.map((clause) => clause.KeyConditionExpression),
  ]);
  const filter = andExpression([FilterExpression, ...clauses.map((clause) => clause.FilterExpression)]);
  const names = merge([
    ExpressionAttributeNames,
    ...clauses.map((clause) => clause.ExpressionAttributeNames),
  ]);
  const templates = merge([
    ExpressionAttributeValues,
    ...clauses.map((clause) => clause.ExpressionAttributeValues),
  ]);
  return {
    action: step.action,
    request: {
      ...rest,
      KeyConditionExpression: keyCondition ?? "",
      ...(filter !== undefined && { FilterExpression: spreadLists(filter, templates, values) }),
      ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
      ExpressionAttributeValues: bindValues(templates, values),
    },
  };
}

function merge<T>(records: readonly (Readonly<Record<string, T>> | undefined)[]): Record<string, T> {
  return Object.fromEntries(records.flatMap((record) => Object.entries(record ?? {})));
}

function bindValues(templates: Readonly<Record<string, AttributeValueTemplate>>, values: Values): Item {
  return Object.fromEntries(
    Object.entries(templates).flatMap(([placeholder, template]): [string, AttributeValue][] => {
      const list = listFor(template, values);
      if (!list) return [[placeholder, bindValue(template, values)]];
      return list.map((text, at) => [listPlaceholder(placeholder, at), { S: text }]);
    }),
  );
}

function spreadLists(
  expression: string,
  templates: Readonly<Record<string, AttributeValueTemplate>>,
  values: Values,
): string {
  const lists = Object.entries(templates).flatMap(([placeholder, template]) => {
    const list = listFor(template, values);
    return list ? [[placeholder, list] as const] : [];
  });
  return lists.reduce(spreadPlaceholder, expression);
}

/** `IN (:statuses)` becomes `IN (:statuses_1, :statuses_2)`, one placeholder for each chosen value. */
function spreadPlaceholder(
  expression: string,
  [placeholder, list]: readonly [string, readonly string[]],
): string {
  const spread = list.map((_, at) => listPlaceholder(placeholder, at)).join(", ");
  return expression.replace(new RegExp(`${placeholder}(?![A-Za-z0-9_])`, "g"), spread);
}

export function listPlaceholder(placeholder: string, at: number): string {
  return `${placeholder}_${at + 1}`;
}

function listFor(template: AttributeValueTemplate, values: Values): readonly string[] | undefined {
  if (!("S" in template) || typeof template.S !== "object" || !("$param" in template.S)) return undefined;
  const value = values.inputs[template.S.$param];
  return typeof value === "object" ? value : undefined;
}

function bindItem(template: KeyTemplate, values: Values): Item {
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => [name, bindValue(value, values)]),
  );
}

function bindValue(template: AttributeValueTemplate, values: Values): AttributeValue {
  if ("S" in template) return { S: bound(template.S, values, "string") };
  if ("BOOL" in template) return { BOOL: bound(template.BOOL, values, "boolean") };
  const { N: number } = template;
  return { N: typeof number === "string" ? number : String(bound(number, values, "number")) };
}

type Kinds = { string: string; number: number; boolean: boolean };

/** Rules PAR01, DDB13 and OPT02 make sure at load that this never throws for a checked input. */
function bound<K extends keyof Kinds>(leaf: Kinds[K] | ValueRef, values: Values, kind: K): Kinds[K] {
  const value = typeof leaf === "object" ? referred(leaf, values) : leaf;
  if (typeof value !== kind) throw new TypeError(`a ${kind} was to be bound from ${JSON.stringify(leaf)}`);
  return value as Kinds[K];
}

function referred(ref: ValueRef, { inputs, derived }: Values): InputValue | undefined {
  if ("$param" in ref) return Object.hasOwn(inputs, ref.$param) ? inputs[ref.$param] : undefined;
  return Object.hasOwn(derived, ref.$derived) ? derived[ref.$derived] : undefined;
}

function isGiven(name: string, { inputs }: Values): boolean {
  return Object.hasOwn(inputs, name);
}
