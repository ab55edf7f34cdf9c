import { operandsOf, type Condition } from "./expressions.ts";
import type { Placeholders } from "./placeholders.ts";

/** The top-level attributes that a condition names. Throws `RequestError` for a placeholder that is not defined. */
export function namesInCondition(condition: Condition, placeholders: Placeholders): string[] {
  return operandsOf(condition).flatMap((operand) => {
    if (operand.kind !== "value") return [placeholders.path(operand.path)[0]];
    placeholders.value(operand.placeholder);
    return [];
  });
}
