import { describe, expect, test } from "vitest";
import { chooseValue } from "../../../src/sandbox/slack/acts/choose-value.ts";

const picker = { type: "datetimepicker", action_id: "since" };
const noWorkspace = undefined as never;

describe("a date and time that a person picks", () => {
  test.each([
    ["2026-11-21T02:10:00Z", 1_795_227_000],
    ["2026-11-21T02:10Z", 1_795_227_000],
    ["2026-11-21T03:10:00.000+01:00", 1_795_227_000],
    ["1795227000", 1_795_227_000],
    [1_795_227_000, 1_795_227_000],
  ])("%s is kept in seconds since 1970", (typed, seconds) => {
    expect(chooseValue(noWorkspace, picker, typed)).toBe(seconds);
  });

  test.each(["ten past two", "2026-11-21", "2026-11-21T02:10:00", "2026-13-41T02:10:00Z", "1.5", "", "NaN"])(
    "%j is refused with a sentence that says what to write",
    (typed) => {
      expect(() => chooseValue(noWorkspace, picker, typed)).toThrow(
        `"${typed}" is no date and time: write it like 2026-11-21T02:10:00Z, or in seconds since 1970`,
      );
    },
  );
});
