import type { Asked } from "./asked.ts";

/** Somebody on call, as the provider knows them: not yet anybody in Slack. */
export type ProviderPerson = { providerId: string; display?: string };

/** One provider of schedules. Never throws. */
export interface ProviderSchedules {
  onCall(question: ProviderQuestion): Promise<Asked<readonly ProviderPerson[]>>;
}

export type ProviderQuestion = {
  schedule: string;
  escalationPolicy?: string;
  at: Date;
};

/** Each person once, in the order of their first mention. */
export function eachOnce(people: readonly ProviderPerson[]): ProviderPerson[] {
  return [...Map.groupBy(people, ({ providerId }) => providerId).values()].flatMap((same) =>
    same.slice(0, 1),
  );
}
