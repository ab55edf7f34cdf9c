import { linkedTo, type People } from "./people-file.ts";
import type { OnCallPerson } from "./ports.ts";
import type { ProviderPerson } from "./provider-schedule.ts";

/**
 * Joins a provider's people to Slack users by `people.yml` alone. Somebody whom it does not link stays without one: a name or an
 * address that somebody may set elsewhere makes nobody an approver here.
 */
export function linkPeople(
  provider: "pagerduty" | "opsgenie",
  found: readonly ProviderPerson[],
  people: People,
): OnCallPerson[] {
  return found.map(({ providerId, display }) => {
    const slackUserId = linkedTo(people, provider, providerId);
    return {
      providerId,
      ...(slackUserId !== undefined && { slackUserId }),
      ...(display !== undefined && { display }),
    };
  });
}
