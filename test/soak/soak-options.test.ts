import { expect, test } from "vitest";
import { readSoakOptions } from "./soak-options.ts";

test("npm run soak takes what docs/testing.md says", () => {
  expect(readSoakOptions(["--stories", "3", "--every-point"])).toMatchObject({
    values: { stories: "3", seed: "1", "every-point": true },
  });
});

test.each([
  [["--storys", "1"], "storys"],
  [["--stories", "many"], "--stories many: write a whole number from 1."],
  [["--replicas", "0"], "--replicas 0"],
  [["again"], "again"],
])("%j is answered with what is wrong and the usage", (args, wrong) => {
  expect(readSoakOptions(args)).toEqual({
    complaint: [
      expect.stringContaining(wrong),
      expect.stringContaining("Usage: npm run soak -- [--stories N]"),
    ],
  });
});
