import { expect, test } from "vitest";
import { aboutDollars, bytes } from "../../../src/slack/blocks/words.ts";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1_000, "1 kB"],
  [1_234, "1.2 kB"],
  [34_400_000, "34 MB"],
  [10_000_000_000, "10 GB"],
  [5_500_000_000_000_000, "5500 TB"],
])("%i bytes are read as “%s”", (count, words) => {
  expect(bytes(count)).toBe(words);
});

test.each([
  [0, "no charge"],
  [0.00005, "less than $0.0001"],
  [0.00017, "about $0.00017"],
  [0.00607, "about $0.0061"],
  [0.5, "about $0.5"],
  [12.345, "about $12.35"],
])("%d dollars are read as “%s”", (usd, words) => {
  expect(aboutDollars(usd)).toBe(words);
});
