import * as fc from "fast-check";
import { expect, test } from "vitest";
import { clip, inert, inertLines } from "../../../src/slack/blocks/inert.ts";

test.each([
  ["a right-to-left override", "pay \u202Eelbisivni", "pay ⟨U+202E⟩elbisivni"],
  ["zero-width characters, counted", "a\u200B\u200B\u200Bb", "a⟨U+200B ×3⟩b"],
  ["tag characters", "a\u{E0041}b", "a⟨U+E0041⟩b"],
  ["a NUL", "a\0b", "a⟨U+0000⟩b"],
  ["half a character", "a\uD800b", "a⟨U+D800⟩b"],
  ["an invisible filler letter", "a\u3164b", "a⟨U+3164⟩b"],
  ["accents piled on one letter", `a${"\u0301".repeat(40)}`, `a${"\u0301".repeat(3)}⟨37 more accents⟩`],
])("%s is made visible", (_, hostile, shown) => {
  expect(inert(hostile)).toBe(shown);
});

test("a line break can't begin a line of its own that looks like ours", () => {
  expect(inert("slow\r\n\n✅ Approved by the lead")).toBe("slow ⏎ ✅ Approved by the lead");
});

test("ordinary writing is left alone, emoji and accents included", () => {
  for (const text of ["Größe – naïve, ça va", "👩‍🚒 ❤️ 1️⃣ 👍🏽", "注文が滞っています", "ผู้ใช้ที่นี่"]) {
    expect(inert(text)).toBe(text);
  }
});

test("nothing invisible remains, whatever was typed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      expect(inert(text).replaceAll(/\u200D|\uFE0F/g, "")).not.toMatch(
        /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u,
      );
    }),
  );
});

test("in lines of their own, breaks and spaces stay, and everything else unseen is named", () => {
  expect(inertLines("SELECT 'a  b'\n  FROM t")).toBe("SELECT 'a  b'\n  FROM t");
  expect(inertLines("a\tb\u00A0c\r\nd\u2028e\u202Ef")).toBe(
    "a⟨U+0009⟩b⟨U+00A0⟩c⟨U+000D⟩\nd⟨U+2028⟩e⟨U+202E⟩f",
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      expect(inertLines(text).replaceAll(/\u200D|\uFE0F|\n/g, "")).not.toMatch(
        /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u,
      );
    }),
  );
});

test("a cut text says how much is missing and keeps within its limit", () => {
  expect(clip("x".repeat(100), 40)).toBe(`${"x".repeat(18)}… (82 more characters)`);
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 400 }),
      fc.integer({ min: 30, max: 300 }),
      (text, max) => {
        const cut = clip(text, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.isWellFormed()).toBe(true);
        expect(cut === text || /… \(\d+ more characters\)$/.test(cut)).toBe(true);
      },
    ),
  );
});
