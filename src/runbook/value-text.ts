import type { AttributeValue } from "../dynamodb/requests.ts";

/** An attribute's value as a cell shows it; numbers keep their digits, lists and maps are JSON. */
export function valueText(value: AttributeValue): string {
  const known = plain(value);
  if (known === null) return "";
  return typeof known === "string" ? known : JSON.stringify(known);
}

function plain(value: AttributeValue): unknown {
  if ("S" in value) return value.S;
  if ("N" in value) return value.N;
  if ("BOOL" in value) return value.BOOL;
  if ("SS" in value) return value.SS;
  if ("NS" in value) return value.NS;
  if ("L" in value) return value.L.map(plain);
  if ("M" in value)
    return Object.fromEntries(Object.entries(value.M).map(([name, inner]) => [name, plain(inner)]));
  return null;
}
