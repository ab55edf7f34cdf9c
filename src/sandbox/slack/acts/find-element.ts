import { objectOf, textOf, type JsonObject } from "../json.ts";
import { CannotAct } from "../slack-error.ts";
import { elementsOf, type PlacedElement } from "../state-values.ts";

/**
 * The element that a person means: by `<block id>/<action id>`, its action id, its block id, its label or the
 * words on it.
 *
 * @throws CannotAct naming what there is instead
 */
export function findElement(blocks: JsonObject[], wanted: string): PlacedElement {
  const placed = elementsOf(blocks);
  const same = (name: string) => name.trim().toLowerCase() === wanted.trim().toLowerCase();
  const found =
    placed.find(({ blockId, actionId }) => `${blockId}/${actionId}` === wanted) ??
    placed.find(({ actionId }) => actionId === wanted) ??
    placed.find(({ blockId }) => blockId === wanted) ??
    placed.find((element) => labelsOf(element).some(same));
  if (found) return found;
  const offered = placed.map((element) => labelsOf(element)[0] ?? element.actionId);
  throw new CannotAct(`there is no "${wanted}" here; there is: ${offered.join(", ") || "nothing to use"}`);
}

function labelsOf({ block, element }: PlacedElement): string[] {
  const inputLabel = block["type"] === "input" ? textOf(objectOf(block["label"])["text"]) : "";
  return [
    inputLabel,
    textOf(objectOf(element["text"])["text"]),
    textOf(objectOf(element["placeholder"])["text"]),
  ].filter(Boolean);
}
