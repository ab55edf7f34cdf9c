import { describeCall } from "../aws/call-log.ts";
import type { Fields } from "../slack/form.ts";
import type { SeenMessage } from "../slack/acts/seen.ts";
import type { Sandbox } from "../start-sandbox.ts";
import type { Told } from "./transcript.ts";

export const roleNames = {
  oncall: "on-call engineer",
  engineer: "second engineer",
  lead: "approver",
  approver2: "second approver",
  security: "security approver",
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
  const before = newestCard({ slack });
  await person.command(`/jit request ${runbook}`, { channel: INCIDENTS });
  const form = await person.waitForView("Send request", PATIENCE);
  const outcome = await person
    .fill(form, { ...fields, Reason: reason, "Incident or ticket": "INC-4211" })
    .submit();
  const filled = Object.entries(fields).map(([label, value]) => `${label} = ${String(value)}`);
  told.check(roleNames[role], `fills ${filled.join(", ")} and sends`, outcome.status === "ok", outcome.shown);
  const card = await slack.as("lead").waitForMessage(APPROVALS, reason, { ...PATIENCE, after: before });
  return { card, requestId: requestIdIn(card) };
}

/** The card's own: it may name a recipe as well. */
export function requestIdIn({ rendered }: SeenMessage): string {
  const named = /request (R[0-9A-Z]{16})\b/.exec(rendered)?.[1];
  return named ?? /\bR[0-9A-Z]{16}\b/.exec(rendered)?.[0] ?? "";
}

/** To wait for what comes after it. */
export function newestCard({ slack }: Pick<Sandbox, "slack">): string {
  return slack.as("lead").messages(APPROVALS).at(-1)?.ts ?? "0";
}

/** The approver presses Approve and confirms. */
export async function approve({ slack }: Sandbox, told: Told, { card }: Asked): Promise<void> {
  const pressed = await slack.as("lead").click(card, "jit_approve");
  told.check(roleNames.lead, "presses Approve and confirms", pressed.status === "ok", pressed.shown);
}

/** The time fields of every CloudTrail runbook. */
export function lastHours({ aws }: Sandbox, hours: number): Record<string, number> {
  const seconds = Math.floor(aws.clock.now().getTime() / 1000);
  return { "From (UTC)": seconds - hours * 3600, "To (UTC)": seconds };
}

/** A reply under the card that matches. */
export async function waitInThread(sandbox: Sandbox, card: SeenMessage, match: RegExp, timeoutMs = 20_000) {
  const isReply = (text: string, message: SeenMessage) => message.ts !== card.ts && match.test(text);
  return sandbox.slack.as("lead").waitForMessage(APPROVALS, isReply, { timeoutMs, thread: card.ts });
}

/** What Athena was asked for this request, and what it asked Glue and S3 in its name: a line per operation. */
export function athenaLines({ aws }: Sandbox, requestId: string): string[] {
  const mine = aws.calls.query().filter((call) => call.sessionName === `jit-${requestId}-1`);
  const lines = Map.groupBy(mine, ({ service, operation, access }) => `${service}:${operation} ${access}`);
  return [...lines].map(([line, calls]) => {
    const where = calls[0]?.resources.at(-1)?.split(":").at(-1);
    const on = calls.length > 1 ? ` ${calls.length} times, first on` : " on";
    return `${line}${on} ${where}${calls[0]?.invokedBy ? ", asked by Athena" : ""}`;
  });
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
