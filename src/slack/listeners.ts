import type { App } from "@slack/bolt";
import { OPEN_REQUEST, OPEN_RUNBOOKS, OPEN_STATUS } from "./answers/help.ts";
import { ANOTHER_QUERY_FORM } from "./blocks/another-query-view.ts";
import { APPROVE_LESS, APPROVE_LESS_FORM } from "./blocks/approve-less-view.ts";
import { REVIEW } from "./blocks/break-glass-card.ts";
import { REVIEW_FORM } from "./blocks/review-view.ts";
import { ANOTHER_QUERY, ROLL_BACK } from "./blocks/card-actions.ts";
import { PICK_RUNBOOK } from "./blocks/request-picker.ts";
import { RECIPE_FORM } from "./blocks/recipe-form.ts";
import { REQUEST_FORM } from "./blocks/request-form.ts";
import { onAnotherQuery, onAnotherQuerySubmit } from "./on-another-query.ts";
import { onApprove } from "./on-approve.ts";
import { onApproveLess, onApproveLessSubmit } from "./on-approve-less.ts";
import { onAskAgain } from "./on-ask-again.ts";
import { onCancel } from "./on-cancel.ts";
import { onCommand } from "./on-command.ts";
import { onDeny, onDenySubmit } from "./on-deny.ts";
import { onEnd } from "./on-end.ts";
import { onHomeOpened } from "./on-home.ts";
import { onChannelArchived } from "./on-incident.ts";
import { onPick, onPickOptions } from "./on-pick.ts";
import { onRecipeSubmit } from "./on-recipe-submit.ts";
import { onRequestSubmit } from "./on-request-submit.ts";
import { onRevoke, onRevokeSubmit } from "./on-revoke.ts";
import { onReview, onReviewSubmit } from "./on-review.ts";
import { onRollBack } from "./on-roll-back.ts";
import { onRunAgain } from "./on-run-again.ts";
import { onOpenRequest, onOpenRunbooks, onOpenStatus, onRequestRunbook } from "./on-shortcut-buttons.ts";
import { onShow } from "./on-show.ts";
import { denyAct, revokeAct } from "./reason-view.ts";
import type { Handler, Surface } from "./surface.ts";

export type Listener = {
  /** What Slack delivers; an `action` is a button or menu, a `view` the submission of a form. */
  kind: "command" | "action" | "options" | "view" | "event";
  /** The command, action id, callback id or event type; each stands once per kind, since Bolt runs all that match. */
  on: string;
  handle: Handler;
};

/** The one table of what this app listens to; `manifest.yml` is tested against it. */
export const listeners: readonly Listener[] = [
  { kind: "command", on: "/jit", handle: onCommand },

  { kind: "action", on: OPEN_REQUEST, handle: onOpenRequest },
  { kind: "action", on: OPEN_STATUS, handle: onOpenStatus },
  { kind: "action", on: OPEN_RUNBOOKS, handle: onOpenRunbooks },
  { kind: "action", on: "jit_request", handle: onRequestRunbook },
  { kind: "action", on: PICK_RUNBOOK, handle: onPick },
  { kind: "options", on: PICK_RUNBOOK, handle: onPickOptions },
  { kind: "view", on: REQUEST_FORM, handle: onRequestSubmit },
  { kind: "view", on: RECIPE_FORM, handle: onRecipeSubmit },

  { kind: "action", on: "jit_approve", handle: onApprove },
  { kind: "action", on: APPROVE_LESS, handle: onApproveLess },
  { kind: "view", on: APPROVE_LESS_FORM, handle: onApproveLessSubmit },
  { kind: "action", on: "jit_deny", handle: onDeny },
  { kind: "view", on: denyAct.callbackId, handle: onDenySubmit },
  { kind: "action", on: "jit_cancel", handle: onCancel },
  { kind: "action", on: "jit_show", handle: onShow },
  { kind: "action", on: "jit_end", handle: onEnd },
  { kind: "action", on: "jit_revoke", handle: onRevoke },
  { kind: "view", on: revokeAct.callbackId, handle: onRevokeSubmit },
  { kind: "action", on: "jit_run_again", handle: onRunAgain },
  { kind: "action", on: ANOTHER_QUERY, handle: onAnotherQuery },
  { kind: "view", on: ANOTHER_QUERY_FORM, handle: onAnotherQuerySubmit },
  { kind: "action", on: "jit_ask_again", handle: onAskAgain },
  { kind: "action", on: ROLL_BACK, handle: onRollBack },
  { kind: "action", on: REVIEW, handle: onReview },
  { kind: "view", on: REVIEW_FORM, handle: onReviewSubmit },

  { kind: "event", on: "app_home_opened", handle: onHomeOpened },
  { kind: "event", on: "channel_archive", handle: onChannelArchived },
  { kind: "event", on: "group_archive", handle: onChannelArchived },
];

/** Gives every row of the table to Bolt; its types stop here, since each handler parses the body itself. */
export function listen(app: App, surface: Surface): void {
  for (const { kind, on, handle } of listeners) {
    const run = async ({ body, ack }: { body: unknown; ack: (response?: never) => Promise<void> }) => {
      await handle({ body, ack: async (response) => ack(response as never) }, surface);
    };
    switch (kind) {
      case "command":
        app.command(on, run);
        break;
      case "action":
        app.action(on, run);
        break;
      case "options":
        app.options(on, run);
        break;
      case "view":
        app.view(on, run);
        break;
      case "event":
        // Bolt has acknowledged an event before it gets here.
        app.event(on, async ({ body }) => handle({ body, ack: async () => {} }, surface));
        break;
    }
  }
}
