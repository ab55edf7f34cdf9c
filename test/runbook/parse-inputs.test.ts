import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Parameter } from "../../src/runbook/parameter.ts";
import { parseInputs } from "../../src/runbook/parse-inputs.ts";

const words = { title: "Field", description: "A field." };
const order: Parameter = {
  type: "string",
  ...words,
  pattern: "^O-[0-9]{8}$",
  maxLength: 10,
  examples: ["O-00001234"],
};
const free: Parameter = {
  type: "string",
  ...words,
  pattern: "^[^#]{1,200}$",
  maxLength: 200,
  examples: ["x"],
};
const time: Parameter = { type: "string", ...words, format: "date-time", maxLength: 30 };

function parse(parameter: Parameter, given: unknown, required = ["x"]) {
  const parameters = {
    type: "object" as const,
    additionalProperties: false as const,
    required,
    properties: { x: parameter },
  };
  return parseInputs({ parameters }, { x: given });
}

function value(parameter: Parameter, given: unknown): unknown {
  const parsed = parse(parameter, given);
  return parsed.status === "valid" ? parsed.inputs["x"] : parsed.errors[0]?.message;
}

function refused(parameter: Parameter, given: unknown): string {
  const parsed = parse(parameter, given);
  if (parsed.status === "valid") throw new Error(`accepted as ${JSON.stringify(parsed.inputs)}`);
  expect(parsed.errors.map((error) => error.parameter)).toEqual(["x"]);
  return parsed.errors[0]?.message ?? "";
}

describe("hostile inputs (field failure 29)", () => {
  test.each([
    "1 OR 1=1",
    "O-00001234' OR '1'='1",
    'O-00001234"',
    "O-00001234; --",
    "O-00001234/*",
    "${aws:userid}",
    "xO-00001234",
    "O-00001234x",
    "O-00001234\n",
    "\nO-00001234",
    "O-0000\u00001234",
    "Ｏ-00001234",
    "O-０0001234",
    "О-00001234", // a Cyrillic О
    "O-00001234\u200b",
    "\u202eO-00001234",
    "O-00001234 ",
    "*",
    "O-*",
    "O-????????",
    "A".repeat(5000),
    `O-${"0".repeat(4998)}`,
  ])("%j is refused where an order number is asked for", (given) => {
    expect(refused(order, given)).toMatch(/^Field /);
  });

  test.each([
    ["a NUL", "a\u0000b", "U+0000"],
    ["a newline", "a\nb", "U+000A"],
    ["a tab", "a\tb", "U+0009"],
    ["a line separator", "a\u2028b", "U+2028"],
    ["a right-to-left override", "a\u202eb", "U+202E"],
    ["a zero-width space", "a\u200bb", "U+200B"],
    ["a zero-width joiner", "a\u200db", "U+200D"],
    ["a byte order mark", "a\ufeffb", "U+FEFF"],
    ["an annotation mark", "a\ufff9b", "U+FFF9"],
    ["a soft hyphen", "a\u00adb", "U+00AD"],
    ["a Hangul filler", "a\u3164b", "U+3164"],
    ["a variation selector", "a\ufe0fb", "U+FE0F"],
    ["half of a surrogate pair", "a\ud800b", "U+D800"],
    ["a tag character", "a\u{e0041}b", "U+E0041"],
  ])("%s is refused by name even where the pattern allows it", (_, given, name) => {
    expect(refused(free, given)).toContain(name);
  });

  test("a policy variable is refused even where the pattern allows it", () => {
    expect(refused(free, "${aws:PrincipalTag/x}")).toContain("${");
  });

  test("quotes, comments and stars that a pattern allows stay exactly as typed", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...Array.from("'\"`;-/*?=<>&|\\é$x ")),
          minLength: 1,
          maxLength: 40,
        }),
        (text) => {
          fc.pre(text.trim() === text && !text.includes("${"));
          expect(value(free, text)).toBe(text);
        },
      ),
    );
  });

  test("a name that every object has is not taken for an input", () => {
    expect(
      parseInputs(
        { parameters: { type: "object", additionalProperties: false, properties: { constructor: order } } },
        {},
      ),
    ).toEqual({
      status: "valid",
      inputs: {},
    });
    expect(parse(order, undefined, []).status).toBe("valid");
  });

  test("an input that no parameter asks for is refused with its name", () => {
    const parameters = {
      type: "object" as const,
      additionalProperties: false as const,
      properties: { x: order },
    };
    for (const raw of [
      { x: "O-00001234", table: "secrets" },
      JSON.parse('{"x":"O-00001234","__proto__":"y"}'),
    ]) {
      expect(parseInputs({ parameters }, raw)).toMatchObject({
        status: "invalid",
        errors: [{ message: "This runbook has no such parameter." }],
      });
    }
  });

  test("what is no text at all is not taken for one", () => {
    for (const given of [{}, 7, true, ["O-00001234"], { toString: "O-00001234" }]) {
      expect(refused(order, given)).toMatch(/^Field is a text/);
    }
  });
});

describe("a text", () => {
  test("of the right form is kept exactly", () => expect(value(order, "O-00001234")).toBe("O-00001234"));

  test("of another form is refused in words, with an example and without repeating it", () => {
    expect(refused(order, "12345")).toBe("Field does not have the right form. Example: O-00001234");
  });

  test("that is too long is refused with both lengths", () => {
    expect(refused(order, "O-000012345")).toBe("Field has 11 characters; at most 10 are allowed.");
  });

  test("with a space at an end is refused with that reason", () => {
    expect(refused(free, " a")).toMatch(/a space at its beginning or end/);
  });

  test("outside of an enum is refused with the options", () => {
    const state: Parameter = { type: "string", ...words, enum: ["PAID", "PICKING"] };
    expect(value(state, "PAID")).toBe("PAID");
    expect(refused(state, "paid")).toBe("Field is one of 2 options: PAID, PICKING.");
  });

  test("that is not given is refused when required and absent when optional", () => {
    for (const given of [undefined, null, "", []]) {
      expect(refused(order, given)).toBe("Field is needed.");
      expect(parse(order, given, [])).toEqual({ status: "valid", inputs: {} });
    }
  });

  test("that is not given takes its default", () => {
    expect(value({ ...order, default: "O-00000001" }, "")).toBe("O-00000001");
  });
});

describe("a time", () => {
  test.each([
    ["2026-11-21T02:10:00Z", "2026-11-21T02:10:00Z"],
    ["2026-11-21T02:10Z", "2026-11-21T02:10:00Z"],
    ["2026-11-21T02:10:00.999Z", "2026-11-21T02:10:00Z"],
    ["2026-11-21T03:10:00+01:00", "2026-11-21T02:10:00Z"],
    ["2026-11-20T21:10:00-05:00", "2026-11-21T02:10:00Z"],
    ["1795227000", "2026-11-21T02:10:00Z"],
    [1_795_227_000, "2026-11-21T02:10:00Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"],
  ])("%j is %s", (given, canonical) => expect(value(time, given)).toBe(canonical));

  test("has no zone: the default, too, comes in canonical form", () => {
    expect(value({ ...time, default: "2026-11-21T03:10:00+01:00" }, undefined)).toBe("2026-11-21T02:10:00Z");
  });

  test.each([
    "2026-11-21T02:10:00",
    "2026-11-21",
    "2026-02-30T00:00:00Z",
    "2026-11-21T24:00:00Z",
    "2026-11-21T23:59:60Z",
    "2026-11-21T02:10:00+15:00",
    "2026-11-21 02:10:00Z",
    "yesterday",
    "1e9",
    "-1795227000",
    "99999999999",
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "9999-01-01T00:00:00Z",
    "٢٠٢٦-11-21T02:10:00Z",
  ])("%j is refused", (given) => expect(refused(time, given)).toMatch(/^Field /));
});

describe("dates, identifiers and addresses", () => {
  const format = (name: "date" | "uuid" | "ipv4" | "email"): Parameter => ({
    type: "string",
    ...words,
    format: name,
    maxLength: 80,
  });
  test.each([
    ["date", "2026-11-21"],
    ["uuid", "123e4567-e89b-42d3-a456-426614174000"],
    ["ipv4", "192.0.2.10"],
    ["email", "somebody+x@mail.example.com"],
  ] as const)("a %s like %s is accepted", (name, given) => expect(value(format(name), given)).toBe(given));

  test.each([
    ["date", "2026-02-29"],
    ["date", "21.11.2026"],
    ["uuid", "123e4567e89b42d3a456426614174000"],
    ["ipv4", "192.0.2.256"],
    ["ipv4", "192.0.2.010"],
    ["ipv4", "0xC0000201"],
    ["email", "a@b"],
    ["email", "a@example.com, b@example.com"],
    ["email", '"<!channel>"@example.com'],
  ] as const)("a %s like %s is refused with an example", (name, given) => {
    expect(refused(format(name), given)).toMatch(/written like/);
  });
});

describe("a number", () => {
  const count: Parameter = { type: "integer", ...words, minimum: -5, maximum: 100, examples: [3] };
  const price: Parameter = { type: "number", ...words, minimum: 0, maximum: 10 };

  test.each([
    ["3", 3],
    [" 3 ", 3],
    [3, 3],
    ["-5", -5],
    ["0", 0],
    ["-0", 0],
    ["100", 100],
  ])("%j is the whole number %d", (given, number) =>
    expect(Object.is(value(count, given), number)).toBe(true),
  );

  test.each([
    "three",
    "1e2",
    "0x10",
    "3.0",
    "٣",
    "３",
    "03",
    "+3",
    "--3",
    "1_0",
    "1,0",
    "Infinity",
    "NaN",
    "9007199254740993",
    3.5,
    1e21,
    true,
  ])("%j is refused as a whole number", (given) =>
    expect(refused(count, given)).toMatch(/^Field is (a whole number in digits, like 3|from -5 to 100)\.$/),
  );

  test.each([101, "-6", "99999999999"])("%j is out of range", (given) => {
    expect(refused(count, given)).toBe("Field is from -5 to 100.");
  });

  test("with decimals is exact to six of them", () => {
    expect(value(price, "0.000001")).toBe(0.000001);
    expect(refused(price, "0.0000001")).toMatch(/six decimals/);
    expect(refused(price, "1e-3")).toMatch(/six decimals/);
  });
});

describe("a choice", () => {
  const list: Parameter = {
    type: "array",
    ...words,
    items: { type: "string", enum: ["a", "b", "c"] },
    maxItems: 2,
  };

  test("of several options comes in the order of the enum, each once", () => {
    expect(value(list, ["c", "a", "c"])).toEqual(["a", "c"]);
  });

  test("of too many, of none there is, or of no list is refused", () => {
    for (const given of [["a", "b", "c"], ["d"], "a", [1], [["a"]]]) {
      expect(refused(list, given)).toMatch(/^Field/);
    }
  });

  test("between true and false is one of them", () => {
    const flag: Parameter = { type: "boolean", ...words };
    expect([value(flag, "true"), value(flag, false)]).toEqual([true, false]);
    expect(refused(flag, "yes")).toBe("Field is either true or false.");
  });
});

test("all errors come at once, each with its parameter", () => {
  const parameters = {
    type: "object" as const,
    additionalProperties: false as const,
    required: ["a", "b"],
    properties: { a: order, b: time },
  };
  expect(parseInputs({ parameters }, { a: "x" })).toMatchObject({
    errors: [{ parameter: "a" }, { parameter: "b" }],
  });
});
