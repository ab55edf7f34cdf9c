import { expect, test } from "vitest";
import {
  bullets,
  button,
  header,
  input,
  labelled,
  option,
  plain,
  preformatted,
  quote,
  table,
} from "../../../src/slack/blocks/elements.ts";
import { dateToken, literal, markup, mention } from "../../../src/slack/blocks/markup.ts";

const hostile = "a\u202Eb\n:white_check_mark: <!channel>";
const element = { type: "plain_text_input" } as const;

test.each([
  ["plain", plain(hostile)],
  ["header", header(hostile)],
  ["quote", quote(hostile)],
  ["labelled", labelled("Reason:", hostile)],
  ["bullets", bullets([hostile])],
  ["preformatted", preformatted(hostile)],
  ["table", table([[hostile]])],
  [
    "button",
    button(hostile, "x", "y", { label: hostile, confirm: { title: hostile, text: hostile, yes: hostile } }),
  ],
  ["input", input("b", hostile, element, { hint: hostile })],
  ["option", option(hostile, "v", hostile)],
])("%s shows text from people inert, and parses nothing in it", (_, made) => {
  const json = JSON.stringify(made);
  expect(json).toContain("⟨U+202E⟩");
  expect(json).not.toMatch(/\u202E|mrkdwn|"emoji":true/);
});

test("our markup takes values literally, and only our own tokens as tokens", () => {
  const person = { teamId: "T0SANDBOX", userId: "U0LEAD" };
  expect(markup`Asked by ${mention(person)} in ${literal("<#C1> & co")}, ${3} times`).toBe(
    "Asked by <@U0LEAD> in &lt;#C1&gt; &amp; co, 3 times",
  );
  expect(mention({ ...person, userId: "U1><!here" })).toBe("<@U1>");
  expect(dateToken("2026-11-21T02:10:00.000Z")).toBe(
    "<!date^1795227000^{date_short_pretty} {time}|2026-11-21 02:10:00 UTC>",
  );
});

test("code keeps its lines and their indentation", () => {
  expect(JSON.stringify(preformatted("{\n  a\n}"))).toContain("{\\n  a\\n}");
});
