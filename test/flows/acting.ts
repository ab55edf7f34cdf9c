import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import type { Config } from "../../src/config.ts";
import { connectRedis } from "../../src/queue/connect-redis.ts";
import { createQueue } from "../../src/queue/create-queue.ts";
import { castVote } from "../../src/request/vote.ts";
import type { CallRecord } from "../../src/sandbox/aws/call-log.ts";
import type { AwsPeer } from "../../src/sandbox/aws/start-aws.ts";
import type { Persona } from "../../src/sandbox/slack/driver.ts";
import type { ActOutcome } from "../../src/sandbox/slack/acts/outcome.ts";
import type { SeenMessage } from "../../src/sandbox/slack/acts/seen.ts";
import type { Fields } from "../../src/sandbox/slack/form.ts";
import type { SlackPeer } from "../../src/sandbox/slack/start-slack.ts";
import type { RequestStore, StandaloneFact, StoredRequest } from "../../src/workflow/ports.ts";
import { lead } from "../fixtures/a-request.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { eventually } from "../fixtures/eventually.ts";

export const APPROVALS = "#jit-approvals";
export const INCIDENTS = "#incidents";
/** Long enough for a busy machine; every wait is for an event. */
export const PATIENCE = { timeoutMs: 60_000 };

export type Asking = {
  as?: string;
  runbook?: string;
  fields?: Fields;
  reason?: string;
  /** A time window instead of one run. */
  window?: boolean;
  incident?: string;
  /** Where the command is typed. */
  channel?: string;
};

export type Asked = { card: SeenMessage; requestId: string; reason: string };

type Peers = { slack: SlackPeer };

let asked = 0;

/** Somebody types the command, fills the form and sends it; answers what they saw. */
export async function fillForm(
  { slack }: Peers,
  {
    as = "oncall",
    runbook = "orders-by-id",
    fields,
    reason,
    window,
    incident = "INC-4211",
    channel = INCIDENTS,
  }: Asking = {},
): Promise<ActOutcome> {
  const person = slack.as(as);
  await person.command(`/jit request ${runbook}`, { channel });
  const form = await person.waitForView("Send request", PATIENCE);
  return person
    .fill(form, {
      ...(fields ?? { "Order number": "O-00000001" }),
      ...(window ? { "What for": "A time window" } : {}),
      Reason: reason ?? nextReason(),
      "Incident or ticket": incident,
    })
    .submit();
}

/** The form, sent and taken; the approvers' card is the answer. */
export async function ask(peers: Peers, asking: Asking = {}): Promise<Asked> {
  const reason = asking.reason ?? nextReason();
  const outcome = await fillForm(peers, { ...asking, reason });
  const isLate = outcome.view?.rendered.includes("Sending your request") === true;
  if (isLate) await closeLate(peers, asking);
  else if (outcome.status !== "ok" || outcome.view)
    throw new Error(
      `The form was not taken: ${JSON.stringify(outcome.fieldErrors)} ${outcome.view?.rendered}`,
    );
  const card = await peers.slack.as("lead").waitForMessage(APPROVALS, reason, PATIENCE);
  return { card, requestId: requestIdIn(card.rendered), reason };
}

/** A busy machine may answer later than Slack waits; the view then says what became of the form. */
async function closeLate({ slack }: Peers, { as = "oncall" }: Asking): Promise<void> {
  const person = slack.as(as);
  const told = await person.waitForView("Your request for", PATIENCE);
  await person.close(told, { all: true });
}

export function nextReason(): string {
  asked += 1;
  return `Reason number ${asked} of this test`;
}

/** The card's own: it may name recipes as well. */
export function requestIdIn(text: string): string {
  const named = /request (R[0-9A-Z]{16})\b/.exec(text)?.[1];
  return named ?? /\bR[0-9A-Z]{16}\b/.exec(text)?.[0] ?? "";
}

export async function approve({ slack }: Peers, { card }: Asked, role = "lead"): Promise<ActOutcome> {
  return slack.as(role).click(card, "jit_approve");
}

/** What only this person is told about their next act. */
export async function toldPrivately(person: Persona, act: () => Promise<unknown>): Promise<string> {
  const before = person.ephemerals().at(-1)?.ts ?? "0";
  await act();
  return (await person.waitForEphemeral("", { ...PATIENCE, after: before })).rendered;
}

/** A reply under the card that matches. */
export function inThread({ slack }: Peers, { card }: Asked, match: string | RegExp): Promise<SeenMessage> {
  const pattern =
    typeof match === "string" ? (text: string) => text.includes(match) : (text: string) => match.test(text);
  return slack
    .as("lead")
    .waitForMessage(APPROVALS, (text, message) => message.ts !== card.ts && pattern(text), {
      ...PATIENCE,
      thread: card.ts,
    });
}

/** The card as it stands once it says so. */
export function cardSays({ slack }: Peers, { card }: Asked, words: string): Promise<SeenMessage> {
  return slack
    .as("lead")
    .waitForMessage(APPROVALS, (text, message) => message.ts === card.ts && text.includes(words), PATIENCE);
}

/** The stored request, once it is so. */
export async function stored(
  { store }: { store: RequestStore },
  requestId: string,
  holds: (stored: StoredRequest) => boolean = () => true,
  timeoutMs = PATIENCE.timeoutMs,
): Promise<StoredRequest> {
  let last: StoredRequest | undefined;
  try {
    await eventually(async () => {
      last = await store.get(requestId);
      return last !== undefined && holds(last);
    }, timeoutMs);
  } catch (error) {
    const { state, runs, events } = last?.request ?? {};
    const facts = events?.map((event) => event.fact.type).join(" ");
    throw new Error(`${requestId} is ${state}: ${facts}; runs ${JSON.stringify(runs)}`, { cause: error });
  }
  if (!last) throw new Error(`${requestId} is not stored`);
  return last;
}

/** Every call made with the credentials of the request's runs. */
export function dataCalls({ aws }: { aws: AwsPeer }, requestId: string): CallRecord[] {
  return aws.calls
    .query({ service: "dynamodb" })
    .filter((call) => call.sessionName?.startsWith(`jit-${requestId}-`));
}

/** Of these calls the ones that AWS let read; a probe of an ended session is refused. */
export function readCalls(world: { aws: AwsPeer }, requestId: string): CallRecord[] {
  return dataCalls(world, requestId).filter(({ access }) => access === "allowed");
}

/** Sessions that STS handed out for the request. */
export function sessionsOf({ aws }: { aws: AwsPeer }, requestId: string): CallRecord[] {
  return aws.calls
    .query({ operation: "AssumeRole" })
    .filter((call) => call.issued?.arn.includes(`/jit-${requestId}-`));
}

/** Everything in the bot's own table, as text. */
export async function everythingStored({ aws }: { aws: AwsPeer }): Promise<string[]> {
  const client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.operator });
  try {
    const items: string[] = [];
    for await (const page of paginateScan({ client }, { TableName: "jit-requests" }))
      items.push(...(page.Items ?? []).map((item) => JSON.stringify(item)));
    return items;
  } finally {
    client.destroy();
  }
}

type RefusalFact = Extract<StandaloneFact, { type: "act.refused" }>;

/** Facts that belong to no request's chain: what was refused, of whom, why. */
export async function refusalFacts(peers: { aws: AwsPeer }): Promise<RefusalFact[]> {
  const items = (await everythingStored(peers)).map(
    (item) => JSON.parse(item) as { pk: { S: string }; doc: { S: string } },
  );
  return items
    .filter((item) => item.pk.S.startsWith("FACT#"))
    .map((item) => JSON.parse(item.doc.S) as StandaloneFact)
    .filter((fact) => fact.type === "act.refused");
}

/** What the bot stores before it dies: nobody is told and nothing is queued. */
export async function approveInStoreOnly(
  { store }: { store: RequestStore },
  { requestId }: Asked,
  now: Date,
): Promise<void> {
  const vote = { by: lead, decision: "approve" as const };
  const outcome = await store.change(requestId, (request) =>
    castVote(request, vote, { rule: "orders-read" }, now),
  );
  if (outcome.status !== "changed") throw new Error(`The vote for ${requestId} was not stored`);
}

/** The job of a run, put into the queue as often as told by somebody else. */
export async function queueAgain(
  { config }: { config: Config },
  requestId: string,
  run: number,
  times = 1,
): Promise<void> {
  const redis = connectRedis(config.redisUrl, silentLog);
  const queue = createQueue({ redis, prefix: config.queuePrefix, log: silentLog });
  for (let time = 0; time < times; time++) await queue.run(requestId, run);
  await queue[Symbol.asyncDispose]();
  redis.disconnect();
}
