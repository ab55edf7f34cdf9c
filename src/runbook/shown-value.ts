import type { AttributeValue } from "../dynamodb/requests.ts";
import type { PlanDraft } from "./plan.ts";

/** Stands for a value that is not shown to this reader. */
export const maskedValue = "•••";

/**
 * How bound values read in a sentence: plain words bare, anything else quoted as JSON so that no space or sign is
 * mistaken for ours. With `maskSensitive`, whatever equals a sensitive input or derived value is masked.
 */
export function valueReader(plan: PlanDraft, maskSensitive: boolean): (value: AttributeValue) => string {
  const masked = new Set(maskSensitive ? sensitiveTexts(plan) : []);
  return (value) => {
    const text = plainText(value);
    if (masked.has(text)) return maskedValue;
    return /^[\p{L}\p{N}_.:+@/-]+$/u.test(text) ? text : JSON.stringify(text);
  };
}

function sensitiveTexts(plan: PlanDraft): string[] {
  return plan.sensitive.flatMap((name) => {
    const value = plan.inputs[name] ?? plan.derived[name];
    if (value === undefined) return [];
    return typeof value === "object" ? [...value] : [String(value)];
  });
}

function plainText(value: AttributeValue): string {
  if ("S" in value) return value.S;
  if ("N" in value) return value.N;
  if ("BOOL" in value) return String(value.BOOL);
  return JSON.stringify(value);
}
