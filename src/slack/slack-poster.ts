import {
  type FilesUploadV2Arguments,
  type WebClient,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from "@slack/web-api";
import type { Log } from "../workflow/ports.ts";
import { clip } from "./blocks/inert.ts";
import type { Message } from "./blocks/request-card.ts";

/** Where a message stands. The channel is the one that Slack answered: `D…` for a message to a person. */
type Place = { channel: string; ts: string };

export type NotSent =
  /** Not in this place: no member, archived, closed. Another place may do; trying again will not, until somebody changes it. */
  | { status: "unreachable"; error: string }
  /** The message or file to change is no longer there. */
  | { status: "gone" }
  /** Slack did not take it just now. */
  | { status: "later"; cause: unknown };

/** What the copies in Slack need of it. What Slack refuses for another reason than those of `NotSent` is a bug, and thrown. */
export interface SlackPoster {
  /** `channel` may be a person's id: a direct message. A post whose answer was lost may have happened. */
  post(
    to: { channel: string; threadTs?: string },
    message: Message,
  ): Promise<({ status: "posted" } & Place) | NotSent>;
  update(at: Place, message: Message): Promise<{ status: "updated" } | NotSent>;
  remove(at: Place): Promise<{ status: "removed" } | NotSent>;
  /** `channel` must be a conversation's id, not a person's. */
  upload(
    to: { channel: string; threadTs?: string },
    file: { name: string; content: string },
  ): Promise<{ status: "uploaded"; file: string } | NotSent>;
  removeFile(file: string): Promise<{ status: "removed" } | NotSent>;
}

/** `client`: the background one; its queue is not the one that people wait for. */
export function createSlackPoster({ client, log }: { client: WebClient; log: Log }): SlackPoster {
  return {
    post: (to, message) =>
      withoutRefusedBlocks(log, message, async (content) => {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's, not a window's
        const { channel, ts } = await client.chat.postMessage({ ...content, ...threadOf(to), ...quiet });
        if (!channel || !ts) throw new Error("Slack answered a post without channel and ts");
        return { status: "posted", channel, ts };
      }),
    update: ({ channel, ts }, message) =>
      withoutRefusedBlocks(log, message, async (content) => {
        await client.chat.update({ ...content, channel, ts });
        return { status: "updated" };
      }),
    remove: ({ channel, ts }) =>
      outcomeOf(async () => {
        await client.chat.delete({ channel, ts });
        return { status: "removed" };
      }),
    upload: (to, { name, content }) =>
      outcomeOf(async () => {
        const place = {
          channel_id: to.channel,
          ...(to.threadTs === undefined ? {} : { thread_ts: to.threadTs }),
        };
        const file = { filename: name, title: name, file: Buffer.from(content) };
        const answer = await client.filesUploadV2({ ...file, ...place } as FilesUploadV2Arguments);
        return { status: "uploaded", file: fileIdOf(answer) };
      }),
    removeFile: (file) =>
      outcomeOf(async () => {
        await client.files.delete({ file });
        return { status: "removed" };
      }),
  };
}

const maxText = 3900; // chat.update refuses more than 4,000 (docs.slack.dev/reference/methods/chat.update)
const quiet = { unfurl_links: false, unfurl_media: false };

/** Errors of the place, from the methods' reference pages. */
const unreachable = new Set([
  "not_in_channel",
  "channel_not_found",
  "is_archived",
  "is_inactive",
  "user_not_found",
  "user_disabled",
  "cannot_dm_bot",
  "messages_tab_disabled",
  "restricted_action",
  "restricted_action_read_only_channel",
  "restricted_action_thread_locked",
  "restricted_action_non_threadable_channel",
  "cant_update_message",
  "cant_delete_message",
  "edit_window_closed",
  "file_uploads_disabled",
  "file_type_not_allowed",
  "missing_scope",
]);
const gone = new Set(["message_not_found", "thread_not_found", "file_not_found", "file_deleted"]);
const passing = new Set([
  "ratelimited",
  "rate_limited",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
]);

function threadOf(to: { channel: string; threadTs?: string }): { channel: string; thread_ts?: string } {
  return { channel: to.channel, ...(to.threadTs === undefined ? {} : { thread_ts: to.threadTs }) };
}

/** Blocks that Slack refuses are our bug, but the notice is not lost with them: its text goes alone. */
async function withoutRefusedBlocks<T>(
  log: Log,
  message: Message,
  send: (content: Pick<Message, "blocks"> & { text: string }) => Promise<T>,
): Promise<T | NotSent> {
  const text = clip(message.text, maxText);
  return outcomeOf(async () => {
    try {
      return await send({ text, blocks: message.blocks });
    } catch (error) {
      if (!(error instanceof WebAPIPlatformError) || error.data.error !== "invalid_blocks") throw error;
      log.error("Slack refused the blocks of a message; its text was sent alone", {
        complaints: error.data.response_metadata?.messages,
      });
      return await send({ text, blocks: [] });
    }
  });
}

async function outcomeOf<T>(call: () => Promise<T>): Promise<T | NotSent> {
  try {
    return await call();
  } catch (error) {
    const outcome = notSent(error);
    if (!outcome) throw error;
    return outcome;
  }
}

function notSent(error: unknown): NotSent | undefined {
  if (error instanceof WebAPIPlatformError) {
    const { error: code } = error.data;
    if (unreachable.has(code)) return { status: "unreachable", error: code };
    if (gone.has(code)) return { status: "gone" };
    return passing.has(code) ? { status: "later", cause: error } : undefined;
  }
  const isPassing =
    error instanceof WebAPIRateLimitedError ||
    error instanceof WebAPIRequestError ||
    error instanceof WebAPIHTTPError;
  return isPassing ? { status: "later", cause: error } : undefined;
}

function fileIdOf(answer: unknown): string {
  const { files = [] } = answer as { files?: { files?: { id?: string }[] }[] };
  const id = files[0]?.files?.[0]?.id;
  if (!id) throw new Error("Slack answered an upload without a file id");
  return id;
}
