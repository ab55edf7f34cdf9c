import { incidentClosedAnswer, incidentUsage } from "./answers/incident.ts";
import type { ParsedCommand } from "./parse-command.ts";
import { channelArchivedSchema, type Command } from "./payloads.ts";
import type { Delivery, Surface } from "./surface.ts";
import { realChannel } from "./view-metadata.ts";

/** `/jit incident close …`: ends what was asked for it, as far as this person may. */
export async function onIncident(
  surface: Surface,
  command: Command,
  parsed: Extract<ParsedCommand, { kind: "incident" }>,
): Promise<void> {
  const here = realChannel(command.channel);
  const incident =
    parsed.asks === "close-here"
      ? here && { channel: here }
      : parsed.asks === "close"
        ? parsed.incident
        : undefined;
  if (!incident) return surface.tell(command, incidentUsage);
  const outcome = await surface.useCases.closeIncident({ by: command.by, incident });
  return surface.tell(command, incidentClosedAnswer(incident, outcome));
}

/** A channel was archived. The event is a hint: Slack is asked before anything ends. */
export async function onChannelArchived({ body }: Delivery, surface: Surface): Promise<void> {
  const { channel } = channelArchivedSchema.parse(body);
  await surface.useCases.channelArchived(channel);
}
