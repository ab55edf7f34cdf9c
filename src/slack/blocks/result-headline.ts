import type { ResultFacts } from "../../request/request.ts";
import { counted, duration } from "./words.ts";

export type Noun = { one: string; other: string };

/** `12 orders · 2 pages · 0.5 RCU · 1.2 s`, and aloud when a cap cut the result. */
export function resultHeadline(result: ResultFacts, noun: Noun): string {
  const facts = [
    counted(result.rows, noun.one, noun.other),
    counted(result.pages, "page", "pages"),
    `${result.capacityUnits} RCU`,
    duration(result.durationMs),
  ].join(" · ");
  return result.truncatedBy === undefined
    ? facts
    : `${facts} · ${cut[result.truncatedBy](result)}, the count is a lower bound`;
}

const cut: Record<NonNullable<ResultFacts["truncatedBy"]>, (result: ResultFacts) => string> = {
  maxRows: ({ rows }) => `truncated at ${counted(rows, "row", "rows")}`,
  maxPages: ({ pages }) => `truncated at ${counted(pages, "page", "pages")}`,
  maxItemsScanned: ({ itemsScanned }) => `truncated after ${counted(itemsScanned, "item", "items")} read`,
  maxBytes: () => "truncated at the size limit of a result",
};
