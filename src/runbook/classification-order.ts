import type { Classification } from "./plan.ts";

/** From what everybody may know to what is about a person. */
const classificationOrder: readonly Classification[] = ["public", "internal", "confidential", "pii"];

export function classificationRank(classification: Classification): number {
  return classificationOrder.indexOf(classification);
}

/** The most sensitive of several; `public` of none. */
export function highestClassification(all: readonly Classification[]): Classification {
  return classificationOrder[Math.max(0, ...all.map(classificationRank))] ?? "pii";
}
