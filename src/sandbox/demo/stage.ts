import { describeCall } from "../aws/call-log.ts";
import type { Fields } from "../slack/form.ts";
import type { Persona } from "../slack/driver.ts";
import type { SeenMessage } from "../slack/acts/seen.ts";
import type { Sandbox } from "../start-sandbox.ts";
import type { Told } from "./transcript.ts";

export const roleNames = {
  oncall: "on-call engineer",
  engineer: "second engineer",
  lead: "approver",
  approver2: "second approver",
  guest: "guest",
  outsider: "outsider",
} as const;

export type Role = keyof typeof roleNames;

export const APPROVALS = "#jit-approvals";
export const INCIDENTS = "#incidents";

/** Long enough for a slow machine; a story waits for an event, never for a time. */
export const PATIENCE = { timeoutMs: 20_000 };

export type Asked = { card: SeenMessage; requestId: string };

/** Somebody types the command, fills the form and sends it; the approvers' card is the answer. */
export async function ask(
  { slack }: Sandbox,
  told: Told,
  role: Role,
  runbook: string,
  fields: Fields,
  reason: string,
): Promise<Asked> {
  const person = slack.as(role);
  told.say(roleNames[role], `types /jit request ${runbook} in ${INCIDENTS}`);
  const before = newestTs(slack.as("lead"));
  await person.command(`/jit request ${runbook}`, { channel: INCIDENTS });
  const form = await person.waitForView("Send request", PATIENCE);
  const outcome = await person
    .fill(form, { ...fields, Reason: reason, "Incident or ticket": "INC-4211" })
    .submit();
  const filled = Object.entries(fields).map(([label, value]) => `${label} = ${String(value)}`);
  told.check(roleNames[role], `fills ${filled.join(", ")} and sends`, outcome.status === "ok", outcome.shown);
  const card = await slack.as("lead").waitForMessage(APPROVALS, reason, { ...PATIENCE, after: before });
  return { card, requestId: /\bR[0-9A-Z]{16}\b/.exec(card.rendered)?.[0] ?? "" };
}

function newestTs(person: Persona): string {
  return person.messages(APPROVALS).at(-1)?.ts ?? "0";
}

/** A reply under the card that matches. */
export async function waitInThread(sandbox: Sandbox, card: SeenMessage, match: RegExp, timeoutMs = 20_000) {
  const isReply = (text: string, message: SeenMessage) => message.ts !== card.ts && match.test(text);
  return sandbox.slack.as("lead").waitForMessage(APPROVALS, isReply, { timeoutMs, thread: card.ts });
}

/** What AWS did for this request's session, a line per call. */
export function awsLines({ aws }: Sandbox, requestId: string): string {
  const session = `jit-${requestId}-1`;
  const mine = aws.calls
    .query()
    .filter((call) => call.sessionName === session || call.issued?.arn.endsWith(`/${session}`));
  return mine.map(describeCall).join("\n");
}

/** The words of a message around one phrase, for a transcript that shows what matters. */
export function linesWith(text: string, pattern: RegExp): string {
  return text
    .split("\n")
    .filter((line) => pattern.test(line))
    .join("\n");
}
