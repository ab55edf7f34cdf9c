import { complaintsToError, validateMessageBlocks } from "./blocks/validate-blocks.ts";
import { objectsOf, textOf, type JsonObject } from "./json.ts";
import { addMessage, asBot, editMessage, removeMessage } from "./messages.ts";
import { SlackError } from "./slack-error.ts";
import type { Message, Workspace } from "./workspace.ts";

/** Where an answer goes, and which message `replace_original` means. */
export type ResponseTarget = { channel: string; userId: string; source: Message | undefined };

type Issued = ResponseTarget & { uses: number; issuedAt: number };

const maxUses = 5;
const lifeMs = 30 * 60_000;

/** `response_url`s: five uses within thirty minutes each, whoever holds them. */
export class ResponseUrls {
  readonly #issued = new Map<string, Issued>();
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  issue(kind: "commands" | "actions" | "app", target: ResponseTarget): string {
    const path = `/response/${kind}/${this.#workspace.team.id}/${this.#issued.size + 1}/${this.#workspace.ids.random()}`;
    this.#issued.set(path, { ...target, uses: 0, issuedAt: this.#workspace.clock.now() });
    return this.#workspace.baseUrl + path;
  }

  /** @throws SlackError used_url, expired_url, no_text, invalid_blocks */
  use(path: string, body: JsonObject): void {
    const issued = this.#issued.get(path);
    if (!issued) throw new SlackError("invalid_url");
    if (this.#workspace.clock.now() - issued.issuedAt > lifeMs) throw new SlackError("expired_url");
    if (issued.uses >= maxUses) throw new SlackError("used_url");
    const made = respond(this.#workspace, issued, body);
    issued.uses += 1;
    issued.source ??= made;
  }
}

/**
 * Carries out a message answer: from a response_url or in a command's acknowledgement.
 * It needs no membership of the bot; ephemeral unless `in_channel` is said, and in no thread but `thread_ts`.
 */
export function respond(workspace: Workspace, target: ResponseTarget, body: JsonObject): Message | undefined {
  const { source } = target;
  if (body["delete_original"] === true) {
    if (source) removeMessage(workspace, source);
    return undefined;
  }
  const text = textOf(body["text"]);
  const blocks = objectsOf(body["blocks"]);
  const attachments = objectsOf(body["attachments"]);
  if (text === "" && blocks.length === 0 && attachments.length === 0) throw new SlackError("no_text");
  const complaints = validateMessageBlocks(body["blocks"] ?? []);
  if (complaints.length > 0) throw complaintsToError("invalid_blocks", complaints);
  if (body["replace_original"] === true && source) {
    editMessage(workspace, source, { text, ...(blocks.length > 0 ? { blocks } : {}), attachments });
    return source;
  }
  const threadTs = textOf(body["thread_ts"]);
  return addMessage(workspace, {
    ...asBot(workspace),
    channel: target.channel,
    text,
    blocks,
    attachments,
    ...(threadTs ? { threadTs } : {}),
    ...(body["response_type"] === "in_channel" ? {} : { ephemeralFor: target.userId }),
  });
}
