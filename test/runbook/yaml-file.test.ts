import { describe, expect, test } from "vitest";
import * as z from "zod";
import { describeProblem } from "../../src/errors.ts";
import { maxFileBytes, readYamlFile } from "../../src/runbook/yaml-file.ts";

const schema = z.strictObject({
  name: z.string().max(5),
  size: z.int().min(1),
  kind: z.enum(["a", "b"]).exactOptional(),
  list: z.array(z.strictObject({ id: z.string() })).exactOptional(),
});

function lines(text: string | Uint8Array): string[] {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const file = readYamlFile("x.yml", bytes, schema);
  return file.status === "read" ? [] : file.problems.map(describeProblem);
}

describe("a YAML file", () => {
  test("that fits its schema gives its value, dates as text", () => {
    const file = readYamlFile(
      "x.yml",
      Buffer.from("name: 'a'\nsize: 3\nlist:\n  - id: 2026-11-21\n"),
      schema,
    );
    expect(file).toMatchObject({
      status: "read",
      value: { name: "a", size: 3, list: [{ id: "2026-11-21" }] },
    });
  });

  test("says every problem at once, each with its line, column, path, expected and received", () => {
    expect(lines("name: toolong\nsize: big\nkind: c\nlist:\n  - id: 7\n    more: 1\nextra: 1\n")).toEqual([
      'x.yml:1:1 name: the value is not allowed (expected at most 5 characters, received text "toolong")',
      'x.yml:2:1 size: the value is not allowed (expected a number, received text "big")',
      'x.yml:3:1 kind: the value is not allowed (expected "a" or "b", received text "c")',
      "x.yml:5:5 list[0].id: the value is not allowed (expected text, received number 7)",
      'x.yml:6:5 list[0].more: the key "more" is not known here',
      'x.yml:7:1 extra: the key "extra" is not known here',
    ]);
  });

  test("points a missing key at the mapping that lacks it", () => {
    expect(lines("name: a\nlist:\n  - {}\n")).toEqual([
      'x.yml:1:1 size: "size" is missing (expected a number)',
      'x.yml:3:5 list[0].id: "id" is missing (expected text)',
    ]);
  });

  test("points at the right place from a problem made later", () => {
    const file = readYamlFile(
      "x.yml",
      Buffer.from("name: a\nsize: 1\nlist:\n  - id: x\n  - id: y\n"),
      schema,
    );
    if (file.status === "refused") throw new Error("refused");
    expect(file.problemAt(["list", 1, "id"], "odd")).toEqual({
      file: "x.yml",
      line: 5,
      column: 5,
      path: "list[1].id",
      message: "odd",
    });
    expect(file.problemAt(["list", 1, "gone", "deeper"], "odd")).toMatchObject({ line: 5, column: 5 });
  });

  test.each([
    ["a key twice", "name: a\nsize: 1\nname: b\n", /^x\.yml:3:1: the key name stands here twice; keep one$/],
    ["an anchor", "name: &a x\nsize: 1\n", /x\.yml:1:\d+: anchors and aliases/],
    ["an alias", "name: &a x\nsize: *a\n", /x\.yml:2:7: anchors and aliases/],
    ["a merge key", "base: &b {size: 1}\n<<: *b\nname: a\n", /anchors and aliases/],
    [
      "a star",
      "name: [*]\nsize: 1\n",
      /^x\.yml:1:8: a text that begins with \* is written in quotes, like "\*"$/,
    ],
    ["a word with a star", "name: *any\nsize: 1\n", /a text that begins with \* in quotes/],
    ["a line one space too far, once", "list:\n   a: 1\n  b: 2\n  c: 3\nsize: 1\n", /^x\.yml:3:1: [^\n]*$/],
    ["a tag", "name: !!binary aGk=\nsize: 1\n", /tags like/],
    ["an unknown tag", "name: !run rm\nsize: 1\n", /^x\.yml:1:7: /],
    [
      "a key that objects treat specially",
      "__proto__: {size: 1}\nname: a\nsize: 1\n",
      /^x\.yml:1:1: the key __proto__/,
    ],
    ["a key that is no text", "1: x\nname: a\nsize: 1\n", /1/],
    ["two documents", "name: a\nsize: 1\n---\nname: b\n", /documents/],
    ["an open bracket", "name: [a\nsize: 1\n", /^x\.yml:\d/],
    ["a tab for a space", "list:\n\t- id: x\n", /^x\.yml:2/],
    ["nothing", "", /empty/],
    ["only a comment", "# nothing\n", /empty/],
    ["a list instead of a mapping", "- a\n", /expected a mapping, received a list of 1/],
    ["a null", "name:\nsize: 1\n", /name: .*received nothing/],
    ["deep brackets", `name: ${"[".repeat(60)}${"]".repeat(60)}\n`, /nested deeper than 32/],
    ["very deep brackets", `name: ${"[".repeat(60_000)}`, /^x\.yml:/],
    ["very deep lists", "- ".repeat(60_000), /^x\.yml/],
  ])("with %s is refused", (_, text, sentence) => {
    expect(lines(text).join("\n")).toMatch(sentence);
  });

  test("full of aliases of aliases is refused before they are expanded", () => {
    const bomb = Array.from(
      { length: 20 },
      (_, at) => `a${at}: &a${at} [${at > 0 ? `*a${at - 1},`.repeat(9) : "x"}]`,
    );
    expect(lines(bomb.join("\n"))[0]).toMatch(/anchors and aliases/);
  });

  test("that is not UTF-8 or too large is refused as such", () => {
    expect(lines(Uint8Array.of(0x6e, 0xff, 0xfe))).toEqual(["x.yml: the file is not UTF-8 text"]);
    expect(lines(Buffer.alloc(maxFileBytes + 1, "#"))).toEqual(["x.yml: the file is larger than 256 KB"]);
    expect(lines(Buffer.alloc(maxFileBytes, "#"))).toEqual(["x.yml: the file is empty"]);
  });

  test("with hundreds of problems names the first fifty", () => {
    expect(lines(Array.from({ length: 300 }, (_, at) => `k${at}: 1`).join("\n"))).toHaveLength(50);
  });
});
