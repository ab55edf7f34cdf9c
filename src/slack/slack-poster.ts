import {
  type FetchFunction,
  type WebClient,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from "@slack/web-api";
import { RetryableError } from "../errors.ts";
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

/** A file that Slack gave an id, and nobody sees yet. */
type OpenedFile = { file: string; uploadUrl: string };

/**
 * What the copies in Slack need of it. Never throws: whatever goes wrong in a way that nobody foresaw is logged as an
 * error and `unreachable` for this one message, so that no other one has to wait for it.
 */
export interface SlackPoster {
  /** `channel` may be a person's id: a direct message. A post whose answer was lost may have happened. */
  post(
    to: { channel: string; threadTs?: string },
    message: Message,
  ): Promise<({ status: "posted" } & Place) | NotSent>;
  update(at: Place, message: Message): Promise<{ status: "updated" } | NotSent>;
  remove(at: Place): Promise<{ status: "removed" } | NotSent>;
  /** The first step of an upload: its id can be remembered before anybody can see the file. */
  openFile(file: { name: string; content: string }): Promise<({ status: "opened" } & OpenedFile) | NotSent>;
  /** The last step, after which it can be seen. `channel` must be a conversation's id, not a person's. */
  shareFile(
    to: { channel: string; threadTs?: string },
    opened: OpenedFile,
    file: { name: string; content: string },
  ): Promise<{ status: "shared" } | NotSent>;
  removeFile(file: string): Promise<{ status: "removed" } | NotSent>;
}

/** `client`: the background one; its queue is not the one that people wait for. `fetch`: the one that reaches Slack only. */
export function createSlackPoster({
  client,
  fetch,
  log,
}: {
  client: WebClient;
  fetch: FetchFunction;
  log: Log;
}): SlackPoster {
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
      outcomeOf(log, async () => {
        await client.chat.delete({ channel, ts });
        return { status: "removed" };
      }),
    openFile: ({ name, content }) =>
      outcomeOf(log, async () => {
        const { file_id: file, upload_url: uploadUrl } = await client.files.getUploadURLExternal({
          filename: name,
          length: Buffer.byteLength(content),
        });
        if (!file || !uploadUrl) throw new Error("Slack answered an upload without a file id and a URL");
        return { status: "opened", file, uploadUrl };
      }),
    shareFile: (to, { file, uploadUrl }, { name, content }) =>
      outcomeOf(log, async () => {
        await sendBytes(fetch, uploadUrl, content);
        await client.files.completeUploadExternal({
          files: [{ id: file, title: name }],
          channel_id: to.channel,
          ...(to.threadTs === undefined ? {} : { thread_ts: to.threadTs }),
        });
        return { status: "shared" };
      }),
    removeFile: (file) =>
      outcomeOf(log, async () => {
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
  "restricted_action_thread_only_channel",
  "restricted_action_non_threadable_channel",
  "cant_update_message",
  "cant_delete_message",
  "edit_window_closed",
  "file_uploads_disabled",
  "file_type_not_allowed",
  "missing_scope",
]);
const blocksRefused = new Set(["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"]);
const gone = new Set(["message_not_found", "thread_not_found", "file_not_found", "file_deleted"]);
const passing = new Set([
  "ratelimited",
  "rate_limited",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "message_limit_exceeded",
  "request_timeout",
  "team_added_to_org",
]);
/** Not the place but our token: whatever is not sent now waits until somebody has mended it. */
const tokenRefused = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "not_allowed_token_type",
  "org_login_required",
  "team_access_not_granted",
  "ekm_access_denied",
  "access_denied",
]);
const UPLOAD_TIMEOUT_MS = 30_000;

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
  return outcomeOf(log, async () => {
    try {
      return await send({ text, blocks: message.blocks });
    } catch (error) {
      if (!(error instanceof WebAPIPlatformError) || !blocksRefused.has(error.data.error)) throw error;
      log.error("Slack refused the blocks of a message; its text was sent alone", {
        complaints: error.data.response_metadata?.messages,
      });
      return await send({ text, blocks: [] });
    }
  });
}

async function outcomeOf<T>(log: Log, call: () => Promise<T>): Promise<T | NotSent> {
  try {
    return await call();
  } catch (error) {
    return notSent(error, log);
  }
}

function notSent(error: unknown, log: Log): NotSent {
  if (error instanceof WebAPIPlatformError) {
    const { error: code } = error.data;
    if (unreachable.has(code)) return { status: "unreachable", error: code };
    if (gone.has(code)) return { status: "gone" };
    if (tokenRefused.has(code))
      log.error("Slack refuses the bot's token; nothing is sent until somebody mends it", { error: code });
    if (tokenRefused.has(code) || passing.has(code)) return { status: "later", cause: error };
    log.error("Slack refused a message for a reason that this bot does not know; it goes without it", {
      error: code,
    });
    return { status: "unreachable", error: code };
  }
  const isPassing =
    error instanceof RetryableError ||
    error instanceof WebAPIRateLimitedError ||
    error instanceof WebAPIRequestError ||
    error instanceof WebAPIHTTPError;
  if (isPassing) return { status: "later", cause: error };
  log.error("A message could not be sent to Slack because of a bug; it goes without it", { error });
  return { status: "unreachable", error: "unexpected_answer" };
}

/** To the address that Slack gave for this one file, which is held to the same hosts as every other call. */
async function sendBytes(fetch: FetchFunction, uploadUrl: string, content: string): Promise<void> {
  const response = await fetch(uploadUrl, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: content,
    signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new RetryableError("The file could not be sent", { cause: error });
  });
  await response.text();
  if (response.status !== 200) throw new RetryableError(`The upload was answered with ${response.status}`);
}
