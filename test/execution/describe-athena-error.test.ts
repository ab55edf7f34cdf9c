import { describe, expect, test } from "vitest";
import { cancelledElsewhere, describeFailedQuery, overBudget } from "../../src/aws/describe-athena-error.ts";

describe("a query that Athena ended as FAILED", () => {
  test.each([
    [1, 0, "exhausted"],
    [2, 8, "exhausted"],
    [1, 100, "unavailable"],
    [1, 206, "timeout"],
    [1, 210, "timeout"],
    [1, 233, "unavailable"],
    [2, 234, "access-denied"],
    [2, 1000, "query-failed"],
    [2, 1002, "bad-data"],
    [2, 1006, "syntax"],
    [2, 1106, "syntax"],
    [2, 1110, "not-found"],
    [2, 1303, "syntax"],
    [1, 1400, "throttled"],
    [3, 1401, "throttled"],
    [2, 1402, "query-failed"],
    [1, 1406, "throttled"],
    [2, 1500, "access-denied"],
    [2, 1501, "access-denied"],
    [3, 1602, "throttled"],
    [2, 4711, "query-failed"],
    [undefined, undefined, "query-failed"],
  ])("with category %s and type %s is told as %s, in a sentence", (category, type, code) => {
    const error = {
      ...(category ? { ErrorCategory: category } : {}),
      ...(type === undefined ? {} : { ErrorType: type }),
    };
    const problem = describeFailedQuery(error, "SECRET: detail of a row");
    expect(problem.code).toBe(code);
    expect(problem.sentence).toMatch(/^[A-Z].*\.$/);
    expect(problem.sentence).not.toContain("detail of a row");
  });

  test("says the rule and the place, never values: a message may quote a row", () => {
    const reason = "INVALID_CAST_ARGUMENT: line 3:12: Cannot cast 'person@example.com' to INT";
    const { sentence } = describeFailedQuery({ ErrorCategory: 2, ErrorType: 1007 }, reason);
    expect(sentence).toContain("Athena says INVALID_CAST_ARGUMENT at line 3:12.");
    expect(sentence).not.toContain("example.com");
    expect(describeFailedQuery(undefined, "<!channel> whatever").sentence).not.toContain("channel");
  });

  test("says when AWS holds another run for promising, and only then", () => {
    const error = { ErrorCategory: 1, ErrorType: 233 };
    expect(describeFailedQuery({ ...error, Retryable: true }, undefined).sentence).toContain("may succeed");
    expect(describeFailedQuery({ ...error, Retryable: false }, undefined).sentence).not.toContain(
      "may succeed",
    );
  });
});

describe("amounts", () => {
  test.each([
    [999, "999 bytes"],
    [10_000_000, "10 MB"],
    [1_034_000_000, "1.03 GB"],
    [2_500_000_000_000, "2.5 TB"],
  ])("%i bytes read as %s", (bytes, words) => {
    expect(cancelledElsewhere(bytes).sentence).toContain(` ${words}:`);
    expect(overBudget(bytes, 1).sentence).toContain(`read ${words},`);
  });
});
