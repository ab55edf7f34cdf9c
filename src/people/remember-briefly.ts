import type { Asked } from "./asked.ts";
import type { AskOptions, Managers, Schedules, UserGroups } from "./ports.ts";

export type MemoryOptions = {
  now: () => Date;
  /** How long an answer may be shown again. */
  forMs?: number;
};

/** Cards of one request are drawn several times within moments; a minute later nobody expects the same answer. */
const defaultForMs = 60_000;

/** Far more schedules or groups than `access.yml` names. */
const maxAnswers = 500;

/** Schedules whose answers are shown again for a minute, for the same minute asked about. `fresh` asks anew. */
export function rememberSchedules(schedules: Schedules, options: MemoryOptions): Schedules {
  const remember = createMemory<Awaited<ReturnType<Schedules["onCall"]>>>(options);
  const forMs = options.forMs ?? defaultForMs;
  return {
    onCall(ref, at, how) {
      const policy = ref.provider === "file" ? undefined : ref.escalationPolicy;
      const key = JSON.stringify([ref.provider, ref.schedule, policy, Math.floor(at.getTime() / forMs)]);
      return remember(key, how, () => schedules.onCall(ref, at, how));
    },
  };
}

export function rememberUserGroups(groups: UserGroups, options: MemoryOptions): UserGroups {
  const remember = createMemory<Awaited<ReturnType<UserGroups["members"]>>>(options);
  return { members: (group, how) => remember(group, how, () => groups.members(group, how)) };
}

export function rememberManagers(managers: Managers, options: MemoryOptions): Managers {
  const remember = createMemory<Awaited<ReturnType<Managers["managerOf"]>>>(options);
  return { managerOf: (person, how) => remember(person, how, () => managers.managerOf(person, how)) };
}

/**
 * Questions that come together are asked once. Nothing that failed is remembered, and a fresh question that fails also
 * forgets what was known before.
 */
function createMemory<A extends Asked<unknown>>({ now, forMs = defaultForMs }: MemoryOptions) {
  const answers = new Map<string, { since: number; answer: Promise<A> }>();

  return async (key: string, { fresh = false }: AskOptions = {}, ask: () => Promise<A>): Promise<A> => {
    const remembered = answers.get(key);
    const age = remembered ? now().getTime() - remembered.since : Infinity;
    if (!fresh && remembered && age >= 0 && age < forMs) return remembered.answer;

    const entry = { since: now().getTime(), answer: ask() };
    answers.delete(key);
    answers.set(key, entry);
    const [oldest] = answers.keys();
    if (answers.size > maxAnswers && oldest !== undefined) answers.delete(oldest);
    const answer = await entry.answer;
    if (answer.status === "unavailable" && answers.get(key) === entry) answers.delete(key);
    return answer;
  };
}
