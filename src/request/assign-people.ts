/** So many people are needed for it. */
export type Place = { name: string; count: number };

/**
 * Gives as many people as can be a place each, nobody two: a maximum matching of people and places. Whoever comes
 * first keeps *a* place when later ones come, though perhaps another one, so that nobody's vote is wasted.
 *
 * @returns the place of each person by position, `undefined` for who has none.
 */
export function assignPeople(
  places: readonly Place[],
  /** Names of the places that each person may fill. */
  people: readonly (readonly string[])[],
): (string | undefined)[] {
  const held = new Map<string, number[]>(places.map(({ name }) => [name, []]));
  const size = new Map(places.map(({ name, count }) => [name, count]));

  const seat = (person: number, tried: Set<string>): boolean => {
    for (const name of people[person] ?? []) {
      const sitting = held.get(name);
      if (!sitting || tried.has(name)) continue;
      tried.add(name);
      if (sitting.length < (size.get(name) ?? 0)) {
        sitting.push(person);
        return true;
      }
      for (const [at, other] of sitting.entries()) {
        if (!seat(other, tried)) continue;
        sitting[at] = person;
        return true;
      }
    }
    return false;
  };

  people.forEach((_, person) => seat(person, new Set()));
  const placeOf = new Map([...held].flatMap(([name, sitting]) => sitting.map((person) => [person, name])));
  return people.map((_, person) => placeOf.get(person));
}
