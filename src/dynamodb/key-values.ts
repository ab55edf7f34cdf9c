import { numberText } from "./number-text.ts";
import { RequestError } from "./request-error.ts";
import type { AttributeValue, Item } from "./requests.ts";
import type { TableKeys } from "./table-schema.ts";

/**
 * The partition key value of an item's `Key` as IAM's `dynamodb:LeadingKeys` holds it. Throws `RequestError`
 * unless `Key` names exactly the table's key attributes, each with a value that a key can have.
 */
export function leadingKeyOf(key: Item, keys: TableKeys): string {
  const wanted = keyNames(keys);
  const given = Object.keys(key);
  if (given.length !== wanted.length || !wanted.every((name) => given.includes(name))) {
    throw new RequestError(
      "key-mismatch",
      `Key must name exactly ${wanted.join(" and ")}, not ${given.join(", ")}.`,
    );
  }
  for (const name of wanted) keyText(key[name], name);
  return keyText(key[keys.partitionKey], keys.partitionKey);
}

/** The key attributes, the partition key first. */
export function keyNames(keys: TableKeys): string[] {
  return keys.sortKey === undefined ? [keys.partitionKey] : [keys.partitionKey, keys.sortKey];
}

/** Text that is equal for two `Key`s of the same item. */
export function itemKey(key: Item, keys: TableKeys): string {
  const sort = keys.sortKey === undefined ? "" : keyText(key[keys.sortKey], keys.sortKey);
  return JSON.stringify([keyText(key[keys.partitionKey], keys.partitionKey), sort]);
}

/**
 * One key value as IAM's `dynamodb:LeadingKeys` holds it: S as it is, N in the form of `numberText`. Throws
 * `RequestError` on anything else; how IAM writes binary keys is not documented.
 */
export function keyText(value: AttributeValue | undefined, attribute: string): string {
  if (value && Object.keys(value).length === 1) {
    if ("S" in value && typeof value.S === "string") return nonEmpty(value.S, attribute);
    if ("N" in value && typeof value.N === "string") {
      const text = numberText(value.N);
      if (text !== undefined) return text;
    }
  }
  throw new RequestError(
    "key-type",
    `${attribute} is a key attribute; its value must be one string (S) or number (N).`,
  );
}

/** DynamoDB refuses it, and to IAM an empty leading key can count as none, which `ForAllValues` lets pass. */
function nonEmpty(text: string, attribute: string): string {
  if (text === "")
    throw new RequestError("empty-key", `${attribute} is a key attribute; its value can't be empty.`);
  return text;
}
