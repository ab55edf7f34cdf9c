import type { Story } from "./story.ts";

/**
 * The smallest story that still fails: faults, acts and whole tales are left out one by one, as long as what is left
 * still fails. Chance has a part in every story (what runs at the same time ends in any order), so each is tried
 * as often as `fails` sees fit.
 */
export async function shrink(story: Story, fails: (smaller: Story) => Promise<boolean>): Promise<Story> {
  let smallest = story;
  for (;;) {
    const smaller = await firstThat(smallerThan(smallest), fails);
    if (!smaller) return smallest;
    smallest = smaller;
  }
}

function smallerThan(story: Story): Story[] {
  const { requests, faults } = story;
  return [
    ...(requests.length > 1 ? requests.map((_, at) => ({ ...story, requests: without(requests, at) })) : []),
    ...faults.map((_, at) => ({ ...story, faults: without(faults, at) })),
    ...requests.flatMap((tale, at) =>
      tale.acts.map((_, act) => ({
        ...story,
        requests: requests.map((other, index) =>
          index === at ? { ...tale, acts: without(tale.acts, act) } : other,
        ),
      })),
    ),
  ];
}

function without<T>(items: readonly T[], at: number): T[] {
  return items.filter((_, index) => index !== at);
}

async function firstThat<T>(
  items: readonly T[],
  holds: (item: T) => Promise<boolean>,
): Promise<T | undefined> {
  for (const item of items) if (await holds(item)) return item;
  return undefined;
}
