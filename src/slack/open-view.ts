import type { KnownBlock, ModalView } from "@slack/types";
import { WebAPIPlatformError } from "@slack/web-api";
import { plain, section } from "./blocks/elements.ts";
import { type Markup, markup } from "./blocks/markup.ts";
import type { Surface } from "./surface.ts";
import type { Whereabouts } from "./tell.ts";

/** A click or a command that can open a view. */
export type Opener = Whereabouts & { triggerId?: string | undefined };

/** Opens the view, or tells the person to act again when Slack gave the trigger up (3 s). */
export async function openView(
  surface: Surface,
  opener: Opener,
  view: ModalView,
): Promise<string | undefined> {
  if (opener.triggerId === undefined) throw new Error("This delivery has no trigger to open a view with");
  try {
    const opened = await surface.client.views.open({ trigger_id: opener.triggerId, view });
    return opened.view?.id;
  } catch (error) {
    if (!isExpired(error)) throw error;
    surface.log.warn("Slack did not open a view: the trigger had expired", { user: opener.by.userId });
    await surface.tell(
      opener,
      markup`This took too long, so Slack could not open the window. Press it again.`,
    );
    return undefined;
  }
}

/** Opens at once with a line that it is coming, then shows what `make` answers; also when that fails, in words. */
export async function openThenFill(
  surface: Surface,
  opener: Opener,
  title: string,
  make: () => Promise<ModalView>,
): Promise<void> {
  const making = make().catch((error: unknown) => {
    const reference = surface.report(error, `filling the view “${title}”`);
    return sentenceView(title, failureSentence(reference));
  });
  const viewId = await openView(surface, opener, sentenceView(title, markup`One moment …`));
  const view = await making;
  if (viewId !== undefined) await surface.client.views.update({ view_id: viewId, view });
}

/** A view that only says something, with more below where one sentence is not enough. */
export function sentenceView(title: string, sentence: Markup, ...more: KnownBlock[]): ModalView {
  const blocks = [section(sentence), ...more];
  return { type: "modal", title: plain(title, 24), close: plain("Close", 24), blocks };
}

export function failureSentence(reference: string): Markup {
  return markup`Something went wrong on our side, and nothing was changed by it. Try again; if it stays, tell an admin the reference \`${literalReference(reference)}\`.`;
}

function literalReference(reference: string): Markup {
  return reference.replaceAll(/\W/g, "") as Markup;
}

function isExpired(error: unknown): boolean {
  return (
    error instanceof WebAPIPlatformError &&
    ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"].includes(
      error.data.error,
    )
  );
}
