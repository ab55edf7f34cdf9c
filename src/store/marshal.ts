import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** `{pk: "a"}` → `{pk: {S: "a"}}`. */
export function strings(fields: Record<string, string>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { S: value }]));
}

/** `{duePk: "a"}` → `{":duePk": {S: "a"}}`, the placeholders of an expression. */
export function prefixed(fields: Record<string, string>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, { S: value }]));
}

/** The request id in a `REQ#…` key. */
export function idOf(pk: string | undefined): string {
  return (pk ?? "").replace(/^REQ#/, "");
}
