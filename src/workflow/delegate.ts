import { findGroup, type Membership, personOf } from "../policy/membership.ts";
import { whyNotDelegate } from "../policy/may-delegate.ts";
import type { Delegation } from "../request/delegation.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { readMoment } from "./read-moment.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { AwayAsk, AwayOutcome, AwayRefusal, BackOutcome } from "./use-cases.ts";

/**
 * An approver will be away and names who approves for them. Takes the place of what they said before. It is recorded
 * before it counts, and whoever may not approve anything gives away nothing.
 */
export async function goAway(deps: Deps, ask: AwayAsk): Promise<AwayOutcome> {
  const now = deps.clock.now();
  const timezone = deps.catalogue().access.timezone ?? "UTC";
  const startsAt = ask.from === undefined ? now : readMoment(ask.from, timezone, "start");
  const endsAt = readMoment(ask.until, timezone, "end");
  if (!startsAt || !endsAt) return refuse(deps, ask, { kind: "no-date" });
  const delegation = {
    delegator: ask.by,
    delegate: ask.delegate,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
  };
  const why = await whyNot(deps, delegation, now);
  if (why) return refuse(deps, ask, why);
  await recordChange(deps, "delegation.started", delegation, now);
  await deps.delegations.set(delegation, now);
  deps.log.info("an approver is away", delegation);
  return { status: "away", delegation };
}

/** They are back: nobody approves for them any more. */
export async function comeBack(deps: Deps, by: PersonId): Promise<BackOutcome> {
  const now = deps.clock.now();
  const own = (await delegationsFrom(deps, now)).find(({ delegator }) => certainlySamePerson(delegator, by));
  if (!own) return { status: "not-away" };
  // First, so that nobody votes by it any more should the record fail; the person is told then and tries again.
  await deps.delegations.end(by);
  await recordChange(deps, "delegation.ended", own, now);
  deps.log.info("an approver is back", own);
  return { status: "back", delegation: own };
}

/** Who is away or will be, and who approves for them, the first to come back first. */
export async function delegationsFrom(
  { delegations }: Pick<Deps, "delegations">,
  now: Date,
): Promise<Delegation[]> {
  const all = await delegations.all();
  return all
    .filter(({ endsAt }) => endsAt > now.toISOString())
    .toSorted((a, b) => a.endsAt.localeCompare(b.endsAt));
}

async function whyNot(deps: Deps, delegation: Delegation, now: Date): Promise<AwayRefusal | undefined> {
  for (const who of ["delegator", "delegate"] as const) {
    const person = await deps.directory.check(delegation[who]);
    if (person.status === "refused") return { kind: "person", who, problem: person.problem };
  }
  const { access } = deps.catalogue();
  const groups = await Promise.all(
    (access.delegation?.to ?? []).map(async (name): Promise<[string, Membership]> => [
      name,
      await membersOf(deps, name, delegation, now),
    ]),
  );
  return whyNotDelegate(access, delegation, new Map(groups), now);
}

async function membersOf(
  deps: Deps,
  name: string,
  { delegator }: Delegation,
  now: Date,
): Promise<Membership> {
  // Owners and managers depend on a request, and the file is refused where such a group stands here.
  const found = findGroup(deps.catalogue().access, name, { requester: delegator, owner: "" });
  if (found.kind === "asked") return deps.people.members(found.source, now, true);
  const members = found.kind === "members" ? found.members : [];
  return { status: "known", value: members.map((member) => personOf(member, deps.team)) };
}

async function recordChange(
  { store }: Deps,
  type: "delegation.started" | "delegation.ended",
  { delegator, delegate, startsAt, endsAt }: Delegation,
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  const id = `${type}-${delegator.teamId}-${delegator.userId}-${at}`;
  await store.recordFact({ id, at, actor: delegator, type, delegate, startsAt, endsAt });
}

async function refuse(deps: Deps, { by }: AwayAsk, why: AwayRefusal): Promise<AwayOutcome> {
  const named = why.kind === "person" ? `person: ${why.problem}` : why.kind;
  await recordRefusal(deps, { actor: by, act: "delegate approving", why: named });
  return { status: "refused", why };
}
