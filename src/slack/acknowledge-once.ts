import type { Log } from "../workflow/ports.ts";

export type Ack = (response?: unknown) => Promise<void>;

/** Later acknowledgements of the same delivery change nothing. */
export type Acknowledgement = { readonly done: boolean; ack: Ack };

/** Later acknowledgements are ignored; one that can't be sent (the socket is gone) is logged, since nobody can be told. */
export function acknowledgeOnce(send: (response?: never) => Promise<void>, log: Log): Acknowledgement {
  let done = false;
  return {
    get done() {
      return done;
    },
    async ack(response) {
      if (done) return;
      done = true;
      try {
        await send(response as never);
      } catch (error) {
        log.warn("An acknowledgement could not be sent to Slack", {
          reason: error instanceof Error ? error.message : "unknown",
        });
      }
    },
  };
}
