import { ExpressionReader } from "./expression-reader.ts";
import type { Change, Path } from "./expressions.ts";
import { RequestError } from "./request-error.ts";

/**
 * Reads an UpdateExpression, whole: one SET of attributes to `:values`, one REMOVE of attributes, in any order. What
 * else DynamoDB knows (arithmetic, functions, ADD, DELETE, paths into an attribute) is refused: what such an update
 * does depends on what stands there when it runs. Throws `RequestError`.
 */
export function parseUpdate(expression: string): Change[] {
  const reader = new ExpressionReader(expression, where);
  const changes: Change[] = [];
  const seen = new Set<string>();
  while (reader.peek().kind !== "end") {
    const clause = ["SET", "REMOVE"].find((word) => reader.takeKeyword(word)) ?? fail(reader);
    if (seen.has(clause))
      throw new RequestError("syntax", `${where}: ${clause} stands twice; write one list.`);
    seen.add(clause);
    do changes.push(clause === "SET" ? readSet(reader) : { kind: "remove", path: wholeAttribute(reader) });
    while (reader.takeSymbol(","));
  }
  return changes.length === 0 ? fail(reader) : changes;
}

function fail(reader: ExpressionReader): never {
  return reader.fail("SET or REMOVE");
}

const where = "UpdateExpression";

function readSet(reader: ExpressionReader): Change {
  const path = wholeAttribute(reader);
  reader.expectSymbol("=");
  const token = reader.take();
  if (token.kind !== "value") reader.fail("a :value", token);
  return { kind: "set", path, placeholder: token.text };
}

function wholeAttribute(reader: ExpressionReader): Path {
  const path = reader.path();
  if (path.length === 1) return path;
  throw new RequestError(
    "update-expression",
    `${where}: only whole attributes can be changed, no part of one.`,
  );
}
