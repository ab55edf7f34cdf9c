import type { PersonId } from "../runbook/plan.ts";

/** A sentence with people in it, whom each surface names in its own way. Its text is nobody's markup: escaping is the reader's. */
export type Said = readonly (string | PersonId)[];

/** What is said about one question, e.g. who decides. */
export type SaidPart = { title: string; lines: readonly Said[] };

/** People with commas between them; after `max` of them how many more there are. */
export function sayPeople(people: readonly PersonId[], max = 10): Said {
  if (people.length === 0) return ["nobody"];
  const shown = people.slice(0, max).flatMap((person, at) => (at === 0 ? [person] : [", ", person]));
  const rest = people.length - max;
  return rest > 0 ? [...shown, ` and ${rest} more`] : shown;
}
