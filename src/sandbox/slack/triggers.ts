import { SlackError } from "./slack-error.ts";
import type { Workspace } from "./workspace.ts";

/** What a person did that lets the app open a view for them. */
export type Trigger = { userId: string; viewId: string | undefined; issuedAt: number; used: boolean };

const lifeMs = 3_000;

/** Trigger ids: each opens one view, within three seconds. */
export class Triggers {
  readonly #issued = new Map<string, Trigger>();
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** @param viewId the view in which the person acted, if it was one. */
  issue(userId: string, viewId?: string): string {
    const id = `${this.#issued.size + 1}.${Date.now()}.${this.#workspace.ids.random()}`;
    this.#issued.set(id, { userId, viewId, issuedAt: this.#workspace.clock.now(), used: false });
    return id;
  }

  /** @throws SlackError invalid_trigger_id, exchanged_trigger_id, expired_trigger_id */
  check(id: string): Trigger {
    const trigger = this.#issued.get(id);
    if (!trigger) throw new SlackError("invalid_trigger_id");
    if (trigger.used) throw new SlackError("exchanged_trigger_id");
    if (this.#workspace.clock.now() - trigger.issuedAt > lifeMs) throw new SlackError("expired_trigger_id");
    return trigger;
  }
}
