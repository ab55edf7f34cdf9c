import { ExpressionReader } from "./expression-reader.ts";
import type { Path } from "./expressions.ts";

/** `a, #b, c.d[0]` as paths, in order. Throws `RequestError` on anything else. */
export function parseProjection(expression: string): Path[] {
  const reader = new ExpressionReader(expression, "ProjectionExpression");
  const paths = [reader.path()];
  while (reader.takeSymbol(",")) paths.push(reader.path());
  reader.expectEnd();
  return paths;
}
