import * as fc from "fast-check";
import { expect, test } from "vitest";
import { numberText } from "../../src/dynamodb/number-text.ts";

test.each([
  ["0", "0"],
  ["-0.00", "0"],
  ["007", "7"],
  ["+4", "4"],
  ["42.50", "42.5"],
  ["-0.5", "-0.5"],
  [".5", "0.5"],
  ["5.", "5"],
  ["1e3", "1000"],
  ["1.25E1", "12.5"],
  ["125e-4", "0.0125"],
  ["-12e+2", "-1200"],
  ["12345678901234567890123456789012345678", "12345678901234567890123456789012345678"],
])("%s is written %s", (text, expected) => {
  expect(numberText(text)).toBe(expected);
});

test.each([
  "",
  ".",
  "-",
  "e3",
  "1e",
  "1,5",
  "0x10",
  "NaN",
  "Infinity",
  " 1",
  "1_000",
  "1".repeat(39),
  "1e126",
  "1e-131",
  "\u0663",
])("%s is no number of DynamoDB", (text) => {
  expect(numberText(text)).toBeUndefined();
});

test("the same number has one text, and that text means the number", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 }), (number) => {
      const text = numberText(String(number));
      if (text === undefined) return Math.abs(number) < 1e-129;
      expect(Number(text)).toBe(number === 0 ? 0 : number);
      expect(numberText(text)).toBe(text);
      return numberText(number.toExponential()) === text;
    }),
  );
});
