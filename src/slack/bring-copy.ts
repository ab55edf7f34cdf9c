import { createHash } from "node:crypto";
import type { Copy, Log } from "../workflow/ports.ts";
import type { Message } from "./blocks/request-card.ts";
import { type Cursor, findCopy, withCopy, withoutCopy } from "./projection-cursor.ts";
import type { NotSent, SlackPoster } from "./slack-poster.ts";
import type { Wanted } from "./wanted-copies.ts";

/** What one pass over a request works with. */
export type Desk = { slack: SlackPoster; log: Log; cursor: Cursor };

export type Brought =
  | { status: "shown" }
  | Exclude<NotSent, { status: "gone" }>
  /** The message could not be made: a bug, or a document of another version. */
  | { status: "undrawn"; cause: unknown };

/** Posts the message when it does not stand yet, edits it when it shows something else, and leaves it alone otherwise. */
export async function bringCopy(desk: Desk, wanted: Wanted & { threadTs?: string }): Promise<Brought> {
  const drawn = draw(desk, () => wanted.message, { role: wanted.role });
  if (drawn.status === "undrawn") return drawn;
  const { message } = drawn;
  const shown = hashOf(message);
  const standing = findCopy(desk.cursor.projection, wanted.role, wanted.key);
  if (standing?.shown === shown) return { status: "shown" };
  if (standing) {
    const outcome = await desk.slack.update(standing, message);
    if (outcome.status === "updated") {
      await desk.cursor.change((projection) => {
        const asRemembered = findCopy(projection, wanted.role, wanted.key)?.shown === standing.shown;
        return withCopy(projection, { ...standing, shown: asRemembered ? shown : UNCERTAIN });
      });
      return { status: "shown" };
    }
    if (outcome.status !== "gone") return noted(desk, wanted, outcome);
    await desk.cursor.change((projection) => withoutCopy(projection, standing));
  }
  return postCopy(desk, wanted, message, shown);
}

/** Somebody else edited it meanwhile, and nobody can say whose edit Slack took last: the next pass edits it again. */
const UNCERTAIN = "";

/** The message, or a line in the log that says which one could not be made. */
export function draw<T>(
  desk: Pick<Desk, "log">,
  make: () => T,
  what: Record<string, unknown>,
): { status: "drawn"; message: T } | { status: "undrawn"; cause: unknown } {
  try {
    return { status: "drawn", message: make() };
  } catch (error) {
    desk.log.error("A message could not be drawn; the others are", { error, ...what });
    return { status: "undrawn", cause: error };
  }
}

async function postCopy(
  desk: Desk,
  wanted: Wanted & { threadTs?: string },
  message: Message,
  shown: string,
): Promise<Brought> {
  const { role, key, channel, threadTs } = wanted;
  const to = { channel, ...(threadTs === undefined ? {} : { threadTs }) };
  const outcome = await desk.slack.post(to, message);
  if (outcome.status === "gone") return { status: "unreachable", error: "thread_not_found" };
  if (outcome.status !== "posted") return noted(desk, wanted, outcome);
  const posted: Copy = { role, key, channel: outcome.channel, ts: outcome.ts, shown };
  let isDouble = false;
  await desk.cursor.change((projection) => {
    const other = findCopy(projection, role, key);
    isDouble = other !== undefined && other.ts !== posted.ts;
    return isDouble ? projection : withCopy(projection, posted);
  });
  // Somebody else posted it meanwhile and said so first: theirs stays.
  if (isDouble) await desk.slack.remove(posted);
  return { status: "shown" };
}

function noted<T extends NotSent>(desk: Desk, { role, channel }: Wanted, outcome: T): T {
  if (outcome.status === "unreachable")
    desk.log.warn("A copy could not be brought to its place", { role, channel, error: outcome.error });
  return outcome;
}

export function hashOf(message: Message): string {
  return createHash("sha256").update(JSON.stringify(message)).digest("hex").slice(0, 32);
}
