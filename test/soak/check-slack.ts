import type { Message } from "../../src/sandbox/slack/workspace.ts";
import type { SlackPeer } from "../../src/sandbox/slack/start-slack.ts";
import type { StoredRequest } from "../../src/workflow/ports.ts";
import type { Violation } from "./violation.ts";

export type SlackFindings = {
  violations: Violation[];
  /** Messages that stand twice because Slack's answer to the first, or its sender, was lost. */
  doubles: number;
  /** Of these, messages with rows that nobody can take out again. */
  lostRows: number;
};

const APPROVALS = "C0APPROVALS";
const headlines: Record<string, string> = {
  revoked: "Access ended",
  denied: "Denied",
  cancelled: "Cancelled",
  lapsed: "Lapsed",
};

/** What stands in Slack at the end. `mayDouble`: a fault may have cost an answer of Slack's or the process that asked. */
export function checkSlack(
  slack: SlackPeer,
  requests: readonly StoredRequest[],
  mayDouble: boolean,
): SlackFindings {
  const findings: SlackFindings = { violations: [], doubles: 0, lostRows: 0 };
  for (const { request, projection } of requests) {
    const say = (invariant: number, what: string) =>
      findings.violations.push({ invariant, what, requestId: request.id });
    const known = new Set(projection.copies.map(({ channel, ts }) => `${channel} ${ts}`));
    const standing = slack.workspace.messages
      .filter((message) => message.botId !== undefined || message.user === slack.botUserId)
      .map((message) => ({ message, text: `${message.text} ${JSON.stringify(message.blocks)}` }))
      .filter(({ text }) => text.includes(request.id));
    const personsChannel = slack.workspace.directMessage(request.requester.userId).id;

    for (const { message, text } of standing) {
      const isLost = mayDouble && !known.has(`${message.channel} ${message.ts}`);
      const hasRows = text.includes("Only you see these rows");
      if (hasRows && message.channel !== personsChannel) say(8, `rows stand in ${message.channel}`);
      if (hasRows && request.plan.output.removeOnEnd) {
        if (isLost) findings.lostRows += 1;
        else say(8, `rows stand in Slack after their time, in ${message.channel} ${message.ts}`);
      }
      const button = /"jit_(approve|deny|cancel|end|run_again|revoke)"/.exec(text)?.[0];
      if (button === undefined) continue;
      if (isLost) findings.doubles += 1;
      else say(10, `a copy in ${message.channel} still offers ${button}`);
    }
    for (const file of slack.workspace.files.values())
      if (file.name.includes(request.id) && request.plan.output.removeOnEnd && file.complete && !file.deleted)
        say(8, `the file ${file.name} stands in Slack after its time`);

    const cards = standing.filter(({ message }) => isCard(message) && message.channel === APPROVALS);
    const headline = headlines[request.state] ?? "";
    if (cards.length === 0) say(9, "no card stands in the approvers’ channel");
    if (cards.length > 0 && !cards.some(({ text }) => text.includes(headline)))
      say(9, `no card says “${headline}”`);
    count(cards.length, "card");

    const threads = new Set(cards.map(({ message }) => message.ts));
    const notices = slack.workspace.messages
      .filter(({ channel, threadTs }) => channel === APPROVALS && threads.has(threadTs ?? ""))
      .map(({ text }) => text);
    const lookedInVain = request.events.filter(({ fact }) => fact.type === "look.failed").length;
    for (const [text, same] of Map.groupBy(notices, (one) => one))
      count(same.length, `notice “${text}”`, text.includes("could not be looked at") ? lookedInVain : 1);

    function count(times: number, what: string, most = 1): void {
      if (times <= most) return;
      if (mayDouble) findings.doubles += times - most;
      else say(5, `${what} stands ${times} times`);
    }
  }
  return findings;
}

function isCard({ blocks, threadTs }: Message): boolean {
  return threadTs === undefined && JSON.stringify(blocks).includes('"jit_show"');
}
