import type { OutputColumn } from "./plan.ts";

/**
 * A value as its column shows it masked: `last4` keeps the last four characters of a longer value, `hide` tells only
 * whether there is one. Masking what is masked already changes nothing.
 */
export function maskCell(value: string, mask: OutputColumn["mask"]): string {
  if (value === "") return "";
  switch (mask) {
    case "none":
      return value;
    case "last4":
      return value.length > 4 ? `…${value.slice(-4)}` : "•••";
    case "hide":
      return "•••";
  }
}
