import { clip, inertLines } from "./blocks/inert.ts";

/** What stands under a field of a form. Slack shows it as plain text and tells no limit; more than this nobody reads there. */
export function fieldError(message: string): string {
  return clip(inertLines(message), 1000);
}

/** The same errors where they can't stand under their fields: each thought a line of its own. */
export function problemsIn(errors: readonly { message: string }[]): string[] {
  return errors.flatMap(({ message }) => message.split("\n")).slice(0, 20);
}
