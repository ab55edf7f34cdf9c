import type { WebClient } from "@slack/web-api";
import type { Plan } from "../runbook/plan.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";
import type { Clock, Log } from "../workflow/ports.ts";
import type { UseCases } from "../workflow/use-cases.ts";
import type { Ack } from "./acknowledge-once.ts";
import type { Tell } from "./tell.ts";

/** What every handler of the surface works with. */
export type Surface = {
  useCases: UseCases;
  /** The loaded runbook of that name, as of now. */
  runbook: (name: string) => LoadedRunbook | undefined;
  /** The session policy of a plan, statement by statement, in sentences. */
  explainPolicy: (plan: Plan) => readonly string[];
  /** One attempt, short: for what a waiting person sees. */
  client: WebClient;
  /** A sentence that only this person sees. */
  tell: Tell;
  /** Logs what went wrong and answers the reference under which it stands in the log, for the person. */
  report: (error: unknown, during: string) => string;
  clock: Clock;
  log: Log;
};

/** One delivery that passed the hardening. `body` is parsed by the handler with a schema of `payloads.ts`. */
export type Delivery = { body: unknown; ack: Ack };

export type Handler = (delivery: Delivery, surface: Surface) => Promise<void>;

/** Slack waits 3 s for an acknowledgement; the rest is the way there and back. */
export const ACK_BUDGET_MS = 2_200;
