import type { Item } from "../dynamodb/requests.ts";
import { afterChanges } from "../dynamodb/same-value.ts";
import type { PlannedWrite } from "./plan.ts";
import { valueText } from "./value-text.ts";

/** One attribute of a write: what stood there and what stands there after it. What is absent has no text. */
export type DifferenceRow = { attribute: string; before?: string; after?: string };

export function differenceRows(
  { attributes, changes }: PlannedWrite,
  before: Readonly<Item>,
): DifferenceRow[] {
  const after = afterChanges(before, changes);
  return attributes.map(({ name }) => {
    const [was, is] = [before[name], after[name]];
    return {
      attribute: name,
      ...(was === undefined ? {} : { before: valueText(was) }),
      ...(is === undefined ? {} : { after: valueText(is) }),
    };
  });
}
