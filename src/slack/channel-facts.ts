import { type WebClient, WebAPIPlatformError } from "@slack/web-api";
import * as z from "zod";
import type { Channels } from "../workflow/ports.ts";

/** What decides whether something may be shown in a channel. */
export type ChannelFacts =
  | {
      status: "known";
      /** Another organisation reads here, or was invited to. */
      shared: boolean;
      archived: boolean;
      /** Whether the bot is in it; it is always in its direct messages. */
      member: boolean;
    }
  /** Slack says there is no such channel, or the bot may not see it. */
  | { status: "unseen" }
  /** Slack could not be asked; unavailable means no. */
  | { status: "unknown"; reason: string };

const channelSchema = z.object({
  is_archived: z.boolean().default(false),
  is_member: z.boolean().optional(),
  is_im: z.boolean().default(false),
  is_shared: z.boolean().default(false),
  is_org_shared: z.boolean().default(false),
  is_ext_shared: z.boolean().default(false),
  is_pending_ext_shared: z.boolean().default(false),
});

/** Asks `conversations.info` fresh each time: a channel can become shared between a request and its result. */
export function createChannelFacts(client: WebClient): (channel: string) => Promise<ChannelFacts> {
  return async (channel) => {
    try {
      const answer = await client.conversations.info({ channel });
      return factsOf(channelSchema.parse(answer.channel));
    } catch (error) {
      if (error instanceof WebAPIPlatformError && error.data.error === "channel_not_found") {
        return { status: "unseen" };
      }
      return { status: "unknown", reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

/** The same for those who only ask whether a channel is in use. */
export function createChannels(client: WebClient): Channels {
  const factsOfChannel = createChannelFacts(client);
  return {
    async look(channel) {
      const facts = await factsOfChannel(channel);
      if (facts.status !== "known") return "unknown";
      return facts.archived ? "archived" : "open";
    },
  };
}

function factsOf(channel: z.infer<typeof channelSchema>): ChannelFacts {
  const { is_shared, is_org_shared, is_ext_shared, is_pending_ext_shared } = channel;
  return {
    status: "known",
    shared: is_ext_shared || is_pending_ext_shared || (is_shared && !is_org_shared),
    archived: channel.is_archived,
    member: channel.is_im || channel.is_member === true,
  };
}
