import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlaps, single } from "../../src/runbook/char-set.ts";
import { readPattern } from "../../src/runbook/pattern.ts";

const accepted: [string, number][] = [
  ["^O-[0-9]{8}$", 10],
  ["^C-[0-9]{4,10}$", 12],
  ["^worker-[a-z0-9]{4,12}$", 19],
  ["^[a-z0-9]+(-[a-z0-9]+)*$", Infinity],
  ["^[0-9]{1,3}(?:\\.[0-9]{1,3}){3}$", 15],
  ["^(?:EU|US)-\\d+$", Infinity],
  ["^A(?:KIA|SIA)[A-Z0-9]{12,124}$", 128],
  ["^[^#\\u]$".replace("\\u", "x"), 1],
  ["^[\\w.-]{1,64}$", 64],
  ["^(?:a?b)*c$", Infinity],
  ["^x{0}y$", 1],
  ["^\\$\\{$", 2],
  ["^$", 0],
];

describe("a pattern", () => {
  test.each(accepted)("%s is accepted, its longest match has %d characters", (pattern, maxLength) => {
    expect(readPattern(pattern).maxLength).toBe(maxLength);
  });

  test.each(accepted)("%s matches only texts of its alphabet, not longer than said", (pattern, maxLength) => {
    const { alphabet } = readPattern(pattern);
    fc.assert(
      fc.property(fc.stringMatching(new RegExp(pattern, "u")), (text) => {
        const chars = Array.from(text);
        expect(chars.length).toBeLessThanOrEqual(maxLength);
        expect(chars.every((char) => overlaps(alphabet, single(char.codePointAt(0) ?? 0)))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ["^(a+)+$", /two ways/],
    ["^(a*)*$", /two ways/],
    ["^(a|a)*$", /two ways/],
    ["^(a|ab)*$", /two ways/],
    ["^(?:a?){30}a{30}$", /two ways/],
    ["^[a-z0-9.]+\\.[a-z]+$", /two ways/],
    ["^.*x$", /two ways/],
    ["^\\d+\\d+$", /two ways/],
    ["^([a-zA-Z0-9])+\\w$", /two ways/],
    ["^(?:a{1,999}){2}b$", /two ways|too much/],
    ["^[ab]{1,9999}c$", /too much/],
    ["^a|b$", /in a group/],
    ["a$", /anchored/],
    ["^a", /anchored/],
    ["^a\\$", /regular expression|too early/],
    ["^(?!x)a$", /look-around/],
    ["^(?<=x)a$", /look-around/],
    ["^(?<n>a)$", /look-around and named/],
    ["^(a)\\1$", /not allowed/],
    ["^\\p{L}$", /not allowed/],
    ["^\\u{41}$", /not allowed/],
    ["^a\\b$", /not allowed/],
    ["^a^b$", /only at its ends/],
    ["^a{2,1}$", /regular expression/],
    ["^[z-a]$", /regular expression/],
    ["^(a$", /regular expression/],
    ["^a)$", /regular expression/],
    ["^*a$", /regular expression/],
  ])("%s is refused", (pattern, sentence) => {
    expect(() => readPattern(pattern)).toThrow(sentence);
  });
});
