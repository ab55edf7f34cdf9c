import { known, type Asked } from "./asked.ts";
import { linkedTo, type People } from "./people-file.ts";
import type { OnCallPerson } from "./ports.ts";
import type { ProviderPerson } from "./provider-schedule.ts";
import type { EmailDirectory } from "./slack-emails.ts";

/**
 * Joins a provider's people to Slack users. A link in `people.yml` always wins. An e-mail address is looked at only when the
 * deployment switched that on, and never gives a Slack user who is linked to another identity of the same provider. When that look-up
 * fails, the whole answer is unavailable.
 */
export async function linkPeople(
  provider: "pagerduty" | "opsgenie",
  found: readonly ProviderPerson[],
  people: People,
  emails: EmailDirectory | undefined,
): Promise<Asked<readonly OnCallPerson[]>> {
  const linked: OnCallPerson[] = [];
  for (const { providerId, display, email } of found) {
    let slackUserId = linkedTo(people, provider, providerId);
    if (slackUserId === undefined && people.matchByEmail && emails && email !== undefined) {
      const match = await emails.userWith(email);
      if (match.status === "unavailable") return match;
      if (match.value !== undefined && !isLinked(people, match.value, provider)) slackUserId = match.value;
    }
    linked.push({
      providerId,
      ...(slackUserId !== undefined && { slackUserId }),
      ...(display !== undefined && { display }),
    });
  }
  return known(linked);
}

function isLinked({ people }: People, slackUserId: string, provider: "pagerduty" | "opsgenie"): boolean {
  return Object.hasOwn(people, slackUserId) && people[slackUserId]?.[provider] !== undefined;
}
