import { valueText } from "../runbook/value-text.ts";
import { afterChanges } from "../dynamodb/same-value.ts";
import type { AttributeValue, Item } from "../dynamodb/requests.ts";
import type { InputValue } from "../runbook/inputs.ts";
import type { Request } from "../request/request.ts";

/** Whether a rollback can be asked for: the write was done, its runbook declares one, and what stood there is known. */
export function canBeTakenBack(request: Request): boolean {
  return takeBack(request) !== undefined;
}

/**
 * The runbook that takes a write back and what its form is filled with: old values, and what the write left. Nothing
 * is decided by it; the new request is checked and approved by itself.
 */
export function takeBack(
  request: Request,
): { runbook: string; inputs: Readonly<Record<string, InputValue>> } | undefined {
  const { write, inputs } = request.plan;
  const isDone = request.runs.some(({ state }) => state === "succeeded");
  if (!isDone || !write?.rollback || write.before.status !== "read") return undefined;
  const before = write.before.image;
  const after = afterChanges(before, write.changes);
  const filled = Object.entries(write.rollback.inputs).flatMap(([name, source]): [string, InputValue][] => {
    const value =
      "$param" in source
        ? inputs[source.$param]
        : "$before" in source
          ? inputOf(before, source.$before)
          : inputOf(after, source.$after);
    return value === undefined ? [] : [[name, value]];
  });
  return { runbook: write.rollback.runbook, inputs: Object.fromEntries(filled) };
}

function inputOf(image: Readonly<Item>, attribute: string): InputValue | undefined {
  const value: AttributeValue | undefined = Object.hasOwn(image, attribute) ? image[attribute] : undefined;
  if (value === undefined) return undefined;
  if ("BOOL" in value) return value.BOOL;
  const text = valueText(value);
  const number = Number(text);
  // A number with more digits than JavaScript holds stays text, and the form's check says so.
  return "N" in value && String(number) === text ? number : text;
}
