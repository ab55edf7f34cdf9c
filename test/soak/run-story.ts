import { checkCalls } from "./check-calls.ts";
import { checkDenyList } from "./check-deny-list.ts";
import { checkDocument } from "./check-documents.ts";
import { checkSlack } from "./check-slack.ts";
import { checkWrites } from "./check-writes.ts";
import { comeToRest, isUnderWay, storedSince } from "./come-to-rest.ts";
import { faultName } from "./fault.ts";
import type { Lane } from "./lane.ts";
import { isFirstToDecide } from "./perform-act.ts";
import { playStory, type Told } from "./play-story.ts";
import { sessionsOf } from "./sessions-of.ts";
import { steps } from "./soak-runbooks.ts";
import type { Story } from "./story.ts";
import { heal } from "./strike.ts";
import { giveReview } from "../../src/request/break-glass.ts";
import type { Lease, Run } from "../../src/request/request.ts";
import type { StoredRequest } from "../../src/workflow/ports.ts";
import type { Violation } from "./violation.ts";

export type Verdict = {
  violations: Violation[];
  /** How often each fault hit, requests and runs ended, and what else is worth counting. */
  tally: Record<string, number>;
  /** What is stored in the end and what Slack was told, for whoever looks for the cause. */
  trace: string[];
  ms: number;
};

/** Plays the story, heals everything, lets it come to rest, and holds what is left against the invariants. */
export async function runStory(
  lane: Lane,
  story: Story,
  as: "in-process" | "process" = "in-process",
): Promise<Verdict> {
  const begun = performance.now();
  await lane.keep(story.replicas, as);
  lane.slack.record.clear();
  lane.aws.calls.clear();
  lane.errors.length = 0;
  lane.pace.begin();
  const known = new Set(lane.created);
  const told = await playStory(lane, story);
  const wasKilled = lane.replicas().length < story.replicas || lane.replicas().some((one) => one.isDead());
  heal(lane);
  // A process has the host's own clock: what it left is brought to rest by one whose clock can be moved.
  if (as === "process") lane.killAll();
  const survivors = lane.replicas().filter((one) => !one.isDead()).length;
  if (story.replaced || survivors === 0) await lane.keep(as === "process" ? 1 : story.replicas);
  const { hits } = lane.plan;
  const timed = story.faults.filter((fault) => fault.type === "timed");
  const names = [...hits(), ...timed.map(faultName)];
  if (story.requests.some(({ breakGlass }) => breakGlass)) await reviewBreakGlass(lane, known);
  const { stored, restless } = await comeToRest(
    lane,
    known,
    ({ request }) => names.length === 0 && request.runs.some((run) => isUnderWay(run) || mustBeProbed(run)),
  );
  const wasSlow = lane.pace.wasSlow();
  // What could not end here must not trouble the next story as well.
  if (as === "process" || restless.length > 0) lane.killAll();

  const jumped =
    story.requests.some(({ acts }) => acts.some(({ kind }) => kind === "pass" || kind === "last-seconds")) ||
    names.includes("host-clock");
  const lostAnswers = wasKilled || names.length > 0 || wasSlow;
  const calls = checkCalls(lane.aws.calls.query(), stored, known, lostAnswers);
  const slack = checkSlack(lane.slack, stored, lostAnswers);
  const violations: Violation[] = [
    ...restless.map((what) => ({ invariant: 0, what: `did not come to rest: ${what}` })),
    ...stored.flatMap((one) => checkDocument(one, jumped, lane.aws.clock.now())),
    ...calls.violations,
    ...stored.flatMap(({ request }) =>
      checkWrites(request, lane.aws.calls.query({ operation: "UpdateItem" })),
    ),
    ...(restless.length > 0 ? [] : stored.flatMap(({ request }) => checkDenyList(lane.aws, request))),
    ...(restless.length > 0 ? [] : slack.violations),
    ...missing(lane, told, stored),
    ...(names.length === 0 && !wasSlow ? withoutFaults(story, told, stored) : []),
    ...lane.errors.filter((error) => /bug|outlived/i.test(error)).map((what) => ({ invariant: 3, what })),
  ];
  return {
    violations,
    trace: [`faults that hit: ${names.join(", ") || "none"}`, ...stored.map(traceOf)],
    tally: {
      ...tallyOf(stored, names, { ...calls, ...slack }),
      ...(wasSlow ? { "stories that the machine kept waiting": 1 } : {}),
    },
    ms: performance.now() - begun,
  };
}

/** Whoever broke the glass is reviewed: an overdue review would keep them from doing so in later stories. */
async function reviewBreakGlass(lane: Lane, known: ReadonlySet<string>): Promise<void> {
  const by = { teamId: lane.slack.teamId, userId: "U0SECURITY" };
  const given = { by, verdict: "justified", words: "The story says so" } as const;
  for (const { request } of await storedSince(lane, known))
    await lane.store.change(request.id, (now) => giveReview(now, given, lane.clock.now()));
}

/** Who was told that their request is on its way finds it. */
function missing({ slack }: Lane, told: readonly Told[], stored: readonly StoredRequest[]): Violation[] {
  return told
    .filter(
      ({ believesAsked, mark }) =>
        believesAsked && !stored.some(({ request }) => request.reason.includes(mark)),
    )
    .map(({ mark }) => {
      const sent = slack.record.deliveries().filter(({ payload }) => JSON.stringify(payload).includes(mark));
      const acks = sent.map(({ type, ack }) => `${type} ${JSON.stringify(ack)}`).join(", ");
      return { invariant: 9, what: `“${mark}” was taken and is not stored: ${acks || "nothing was sent"}` };
    });
}

/** With nothing wrong, what was approved and let be is done, delivered, and its end seen by a probe where there was time for one. */
function withoutFaults(story: Story, told: readonly Told[], stored: readonly StoredRequest[]): Violation[] {
  const isLetBe = (acts: Story["requests"][number]["acts"], disturbing: ReadonlySet<string>) =>
    acts.every(({ kind }) => !disturbing.has(kind));
  // What comes once more may end what another tale is about.
  const calm = story.requests.every(({ acts }) => isLetBe(acts, new Set(["pass", "redeliver"])));
  if (!calm) return [];
  return told.flatMap(({ tale, mark, believesAsked }) => {
    const request = stored.find((one) => one.request.reason.includes(mark))?.request;
    if (!believesAsked || !request) return [];
    const say = (invariant: number, what: string) => ({ invariant, requestId: request.id, what });
    const violations: Violation[] = [];
    const isEnough =
      steps[tale.runbook].length === 1 &&
      steps[tale.runbook][0]?.count === 1 &&
      tale.acts.some((act) => act.kind === "approve" && isFirstToDecide(tale, act.by));
    const [first] = request.runs;
    if (
      (request.grant !== undefined || isEnough) &&
      isLetBe(tale.acts, disturbing) &&
      (first?.state !== "succeeded" || first.delivery?.status !== "delivered")
    )
      violations.push(
        say(
          0,
          `was approved with nothing wrong, and its run is ${first?.state} (${first?.failure?.code}), its rows ${first?.delivery?.status}`,
        ),
      );
    const last = request.runs.at(-1);
    const hadTime = isShort(last?.lease) && !isLeaptOver(tale, request, last?.lease);
    if (last?.state === "succeeded" && hadTime && last.lease?.end?.proof !== "probe-denied")
      violations.push(
        say(4, `run ${last.no} had time for a probe, and its end is ${last.lease?.end?.proof}`),
      );
    return violations;
  });
}

const disturbing = new Set<string>(["deny", "cancel", "end", "revoke", "meddle"]);

/** Its end is seen before the clocks are moved. */
function mustBeProbed({ state, lease }: Run): boolean {
  return state === "succeeded" && isShort(lease) && lease?.end === undefined;
}

/** Whoever goes to the last seconds of the window leaps over the end of every session from before. */
function isLeaptOver({ acts }: Told["tale"], { grant }: StoredRequest["request"], lease?: Lease): boolean {
  const leftMs = Date.parse(grant?.endsAt ?? "") - Date.parse(lease?.localExpiresAt ?? "");
  return acts.some(({ kind }) => kind === "last-seconds") && leftMs > 10_000;
}

/** One that is over before the clocks are moved. */
function isShort(lease: Lease | undefined): boolean {
  return lease !== undefined && Date.parse(lease.expiresAt) - Date.parse(lease.issuedAt) <= 6_000;
}

function traceOf({ request, version, projection }: StoredRequest): string {
  const facts = request.events.map(({ at, fact }) => `${at.slice(11, 23)} ${fact.type}`).join(", ");
  const copies = projection.copies.map(({ role, channel, ts }) => `${role} ${channel} ${ts}`).join(", ");
  return `${request.id} v${version}, shown v${projection.shownVersion}, “${request.reason}”: ${facts}; copies: ${copies}`;
}

function tallyOf(
  stored: readonly StoredRequest[],
  names: readonly string[],
  counted: { doubles: number; lostRows: number; unheardSessions: number },
): Record<string, number> {
  const tally: Record<string, number> = {};
  const add = (name: string, times = 1) => {
    if (times > 0) tally[name] = (tally[name] ?? 0) + times;
  };
  for (const name of names) add(`fault: ${name}`);
  for (const { request } of stored) {
    const cause = request.revocation ? ` (${request.revocation.cause})` : "";
    add(`request: ${request.state}${cause}`);
    add(`runbook: ${request.plan.runbook.name}${request.breakGlass ? ", by break-glass" : ""}`);
    if (request.look) add(`look: ${request.look.state}`);
    if (request.revocation?.denied) add(`deny-list: ${request.revocation.denied.how}`);
    for (const run of request.runs) {
      add(`run: ${run.state}${run.failure ? ` (${run.failure.code})` : ""}`);
      if (run.delivery) add(`rows: ${run.delivery.status}`);
      for (const { end } of sessionsOf(run)) if (end) add(`proof: ${end.proof}`);
      if (sessionsOf(run).length > 1) add("runs of several sessions");
      if (run.further) add("runs of a further query");
    }
  }
  add("messages that stand twice after a lost answer", counted.doubles);
  add("messages with rows that stay after a lost answer", counted.lostRows);
  add("sessions nobody heard of, never used", counted.unheardSessions);
  return tally;
}
