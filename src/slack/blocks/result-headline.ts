import type { ResultFacts } from "../../request/request.ts";
import { aboutDollars, bytes, counted, duration } from "./words.ts";

export type Noun = { one: string; other: string };

/** `12 orders · 2 pages · 0.5 RCU · 1.2 s` or `12 events · 1.2 GB scanned · about $0.006 · 3.1 s`, and aloud when a cap cut the result. */
export function resultHeadline(result: ResultFacts, noun: Noun): string {
  const facts = [
    counted(result.rows, noun.one, noun.other),
    ...spent(result),
    duration(result.durationMs),
  ].join(" · ");
  return result.truncatedBy === undefined
    ? facts
    : `${facts} · ${cut[result.truncatedBy](result)}, the count is a lower bound`;
}

function spent({ bytesScanned, costUsd, pages, capacityUnits, wrote }: ResultFacts): string[] {
  if (wrote) return [`${capacityUnits} WCU`];
  if (bytesScanned === undefined) return [counted(pages, "page", "pages"), `${capacityUnits} RCU`];
  return [`${bytes(bytesScanned)} scanned`, ...(costUsd === undefined ? [] : [aboutDollars(costUsd)])];
}

const cut: Record<NonNullable<ResultFacts["truncatedBy"]>, (result: ResultFacts) => string> = {
  maxRows: ({ rows }) => `truncated at ${counted(rows, "row", "rows")}`,
  maxPages: ({ pages }) => `truncated at ${counted(pages, "page", "pages")}`,
  maxItemsScanned: ({ itemsScanned }) => `truncated after ${counted(itemsScanned, "item", "items")} read`,
  maxBytes: () => "truncated at the size limit of a result",
};
