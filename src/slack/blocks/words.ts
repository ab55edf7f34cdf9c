import type { QueryEnd } from "../../request/request.ts";

/** `850 ms`, `48 s`, `12 min`, `1 h 5 min`: how long, for people. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, "")} s`;
  if (ms < 90_000) return `${Math.round(ms / 1_000)} s`;
  const total = Math.round(ms / 60_000);
  if (total < 60) return `${total} min`;
  return total % 60 === 0 ? `${total / 60} h` : `${Math.floor(total / 60)} h ${total % 60} min`;
}

export function minutes(count: number): string {
  return counted(count, "minute", "minutes");
}

/** `1 order`, `1,200 orders` */
export function counted(count: number, one: string, other: string): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : other}`;
}

/** `a`, `a and b`, `a, b and c` */
export function list(parts: readonly string[], last = "and"): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} ${last} ${parts.at(-1)}`;
}

export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}

/** `0 bytes`, `950 kB`, `1.2 GB`: decimal, as AWS bills. */
export function bytes(count: number): string {
  if (count < 1_000) return counted(count, "byte", "bytes");
  const exponent = Math.min(4, Math.floor(Math.log10(count) / 3));
  const amount = count / 1_000 ** exponent;
  return `${amount.toFixed(amount < 10 ? 1 : 0).replace(/\.0$/, "")} ${["", "kB", "MB", "GB", "TB"][exponent]}`;
}

/** `about $0.0061`; an estimate is never shown with more than two digits that count. */
export function aboutDollars(usd: number): string {
  if (usd === 0) return "no charge";
  if (usd < 0.000_1) return "less than $0.0001";
  return `about $${usd < 1 ? Number(usd.toPrecision(2)) : usd.toFixed(2)}`;
}

/** How Athena ended a query, as in “the query …”. */
export const queryEndWords: Readonly<Record<QueryEnd, string>> = {
  SUCCEEDED: "finished",
  FAILED: "failed",
  CANCELLED: "was cancelled",
};

export const verdictWords = { justified: "justified", "not-justified": "not justified" } as const;
