import { textOf } from "../json.ts";
import type { Peer } from "../peer.ts";
import { respond } from "../response-urls.ts";
import { CannotAct, SlackError } from "../slack-error.ts";
import type { Channel, Person } from "../workspace.ts";
import { failureShown, type PartialOutcome } from "./outcome.ts";
import { seenMessage } from "./seen.ts";

/** A person types a slash command. It works where the bot is no member, and never in a thread. */
export async function runCommand(
  peer: Peer,
  person: Person,
  typed: string,
  channel: Channel,
  threadTs: string | undefined,
): Promise<PartialOutcome> {
  const [, command = "", text = ""] = /^(\S+)\s*([\s\S]*)$/.exec(typed.trim()) ?? [];
  if (!peer.commands.includes(command)) {
    return { status: "refused", shown: `${command} is not a valid command.` };
  }
  if (threadTs !== undefined) {
    return { status: "refused", shown: `${command} is not supported in threads. Sorry!` };
  }
  if (channel.isArchived) throw new CannotAct(`#${channel.name} is archived: nothing can be typed there`);
  const { workspace } = peer;
  const team = workspace.teamOf(person);
  const target = { channel: channel.id, userId: person.id, source: undefined };
  const payload = {
    token: "legacy-verification-token",
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: channel.im ? "directmessage" : channel.isPrivate ? "privategroup" : channel.name,
    user_id: person.id,
    user_name: person.role,
    command,
    text: escapeMentions(peer, text),
    api_app_id: workspace.app.appId,
    is_enterprise_install: "false",
    response_url: peer.responseUrls.issue("commands", target),
    trigger_id: peer.triggers.issue(person.id),
  };
  const ack = await peer.deliveries.deliver({ kind: "slash_commands", payload, acceptsResponse: true });
  if (ack.status !== "acked") return { status: "error", shown: failureShown(ack, { command }), ack };
  if (!ack.payload) return { status: "ok", ack };
  try {
    const message = respond(workspace, target, ack.payload);
    return { status: "ok", ack, message: message && seenMessage(workspace, message, person.id) };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return { status: "error", shown: `${command} failed with the error "${textOf(error.code)}"`, ack };
  }
}

/** `should_escape: true`: people and channels are named by id. */
function escapeMentions(peer: Peer, text: string): string {
  const { people, channels } = peer.workspace;
  return text.replaceAll(/([@#])([\w-]+)/g, (whole, sigil: string, name: string) => {
    if (sigil === "@") {
      const person = [...people.values()].find((p) => p.role === name);
      return person ? `<@${person.id}|${name}>` : whole;
    }
    const channel = [...channels.values()].find((c) => c.name === name && !c.im);
    return channel ? `<#${channel.id}|${name}>` : whole;
  });
}
