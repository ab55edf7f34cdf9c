import type { Copy } from "../workflow/ports.ts";
import { type Cursor, withCopy } from "./projection-cursor.ts";
import type { SlackPoster } from "./slack-poster.ts";

/** Rows that nobody remembers could never be removed: a message that can't be stored is taken back at once. */
export async function rememberOrRemove(
  slack: Pick<SlackPoster, "remove">,
  cursor: Cursor,
  copy: Copy,
): Promise<void> {
  try {
    await cursor.change((projection) => withCopy(projection, copy));
  } catch (error) {
    await slack.remove(copy);
    throw error;
  }
}
