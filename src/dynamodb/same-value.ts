import { isDeepStrictEqual } from "node:util";
import { numberText } from "./number-text.ts";
import type { AttributeChange } from "./read-update.ts";
import type { AttributeValue, Item } from "./requests.ts";

/** Whether DynamoDB takes two values for the same: numbers by their amount, sets without order. */
export function sameValue(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return isDeepStrictEqual(normal(left), normal(right));
}

/** Those of the attributes that differ between two images, absence counted. */
export function differing(
  attributes: readonly string[],
  left: Readonly<Item>,
  right: Readonly<Item>,
): string[] {
  return attributes.filter((name) => !sameValue(left[name], right[name]));
}

/** The attributes as they are once the changes are made. */
export function afterChanges(image: Readonly<Item>, changes: readonly AttributeChange[]): Item {
  const changed = new Map(changes.map(({ attribute, value }) => [attribute, value]));
  const kept = Object.entries(image).filter(([name]) => !changed.has(name));
  const set = [...changed].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return Object.fromEntries([...kept, ...set]);
}

function normal(value: AttributeValue): unknown {
  if ("N" in value) return { N: numberText(value.N) ?? value.N };
  if ("NS" in value) return { NS: value.NS.map((one) => numberText(one) ?? one).sort() };
  if ("SS" in value) return { SS: [...value.SS].sort() };
  if ("L" in value) return { L: value.L.map(normal) };
  if ("M" in value)
    return { M: Object.fromEntries(Object.entries(value.M).map(([name, inner]) => [name, normal(inner)])) };
  return value;
}
