import type { Ack } from "../delivery/transport.ts";
import type { JsonObject } from "../json.ts";
import type { SeenMessage, SeenView } from "./seen.ts";

/** What a person sees of their own act, once the app acknowledged it or three seconds passed. */
export type ActOutcome = {
  /**
   * `ok`: acknowledged. `invalid`: the form stays, with errors beside its fields. `error`: Slack shows that
   * the app failed. `refused`: Slack did not let it through to the app. `dismissed`: the question was answered no.
   */
  status: "ok" | "invalid" | "error" | "refused" | "dismissed";
  /** The sentence that Slack shows, if it shows one. */
  shown: string | undefined;
  /** By block id. */
  fieldErrors: Record<string, string>;
  /** A message that the acknowledgement itself carried. */
  message: SeenMessage | undefined;
  /** The modal on top afterwards. */
  view: SeenView | undefined;
  /** What the app answered; absent when nothing was sent. */
  ack: Ack | undefined;
  /** Offered by an external menu. */
  options: JsonObject[];
};

/** The part of an outcome that an act knows; the rest is filled in by the driver. */
export type PartialOutcome = Partial<ActOutcome> & Pick<ActOutcome, "status">;

/** Slack's own words could not be checked against a real workspace; the two error codes are its. */
export function failureShown(ack: Ack, what: { command: string } | "view" | "element"): string | undefined {
  if (ack.status === "acked") return undefined;
  const code = ack.status === "timeout" ? "operation_timeout" : "dispatch_failed";
  if (what === "view") return `We had some trouble connecting. Try again? (${code})`;
  if (what === "element") return `This app did not respond (${code})`;
  return `${what.command} failed with the error "${code}"`;
}
