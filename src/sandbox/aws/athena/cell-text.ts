import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";

/** One cell as Athena's results have it: everything is text, `[a, b]` and `{k=v}` for what is nested. */
export function cellText(value: DuckDBValue, type?: DuckDBType): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "number") return String(type) === "DOUBLE" ? doubleText(value) : String(value);
  if (typeof value !== "object") return String(value);
  if ("items" in value) return `[${value.items.map((item) => cellText(item) ?? "null").join(", ")}]`;
  if ("entries" in value) {
    const entries: [unknown, DuckDBValue][] = Array.isArray(value.entries)
      ? value.entries.map(({ key, value: held }) => [cellText(key), held])
      : Object.entries(value.entries);
    return `{${entries.map(([key, held]) => `${String(key)}=${cellText(held) ?? "null"}`).join(", ")}}`;
  }
  return timeText(String(value), String(type));
}

/** Trino writes doubles as Java does: `12.0`, `1.0E7`. */
function doubleText(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits = "", exponent = ""] = value.toExponential().split("e");
    return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Milliseconds, and `UTC` where there is a zone. */
function timeText(text: string, type: string): string {
  if (!type.startsWith("TIMESTAMP")) return text;
  const [, moment = text, fraction = ""] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d+))?/u.exec(text) ?? [];
  const zone = type.includes("TIME ZONE") ? " UTC" : "";
  return `${moment}.${fraction.padEnd(3, "0").slice(0, 3)}${zone}`;
}
