import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { OutputColumn } from "../runbook/plan.ts";
import type { Row } from "../workflow/ports.ts";

/** The declared columns of an item as text; anything else that came along is dropped. */
export function toRow(item: Readonly<Record<string, AttributeValue>>, columns: readonly OutputColumn[]): Row {
  return Object.fromEntries(
    columns.flatMap(({ name }) => {
      const value = item[name];
      return value === undefined ? [] : [[name, asText(value)]];
    }),
  );
}

function asText(value: AttributeValue): string {
  const known = plain(value);
  if (known === null) return "";
  return typeof known === "string" ? known : JSON.stringify(known);
}

/** Numbers stay text: a DynamoDB number has up to 38 digits, more than a JavaScript number holds. */
function plain(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return value.N;
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.B !== undefined) return Buffer.from(value.B).toString("base64");
  if (value.L !== undefined) return value.L.map(plain);
  if (value.M !== undefined)
    return Object.fromEntries(Object.entries(value.M).map(([key, inner]) => [key, plain(inner)]));
  if (value.SS !== undefined) return value.SS;
  if (value.NS !== undefined) return value.NS;
  if (value.BS !== undefined) return value.BS.map((bytes) => Buffer.from(bytes).toString("base64"));
  return null;
}
