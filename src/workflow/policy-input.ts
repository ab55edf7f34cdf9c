import { findGroup, type Membership, personOf } from "../policy/membership.ts";
import { factsNamed, neededGroups } from "../policy/needed-groups.ts";
import type { Proposal, Question } from "../policy/question.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import type { Access } from "../runbook/access-file.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { proposalOf } from "./proposal.ts";
import { dayIn, type History, ruleFacts } from "./rule-facts.ts";

export type PolicyDeps = Pick<Deps, "catalogue" | "team" | "people"> & {
  store: Pick<Deps["store"], "ofPerson">;
};

export type Planned = {
  plan: Plan;
  reference?: string;
  /** Given instead of looked up, for questions about another day. */
  history?: History;
};

/** More requests of a day than this make its history unknown; no person asks so often. */
const MAX_HISTORY = 100;

/**
 * Everything that the policy's decision about this runbook and person is made of, with the files and directories of now.
 * Without a plan the rules are not asked. `also`: groups that this decision turns on besides. Nothing when there is no such runbook.
 */
export async function policyInput(
  deps: PolicyDeps,
  asked: { runbook: string; requester: PersonId; planned?: Planned; also?: readonly string[] },
  at: Date,
  { fresh }: { fresh: boolean },
): Promise<Question | undefined> {
  const { runbooks, dataSources, access } = deps.catalogue();
  const runbook = runbooks.get(asked.runbook);
  const dataSource = runbook && dataSources.get(runbook.datasource);
  if (!runbook || !dataSource) return undefined;
  const proposal = proposalOf(runbook, dataSource);
  const { requester, planned, also = [] } = asked;
  const known = also.filter((name) => Object.hasOwn(access.groups, name));
  const names = new Set([...neededGroups(access, proposal, planned !== undefined), ...known]);
  const groups = await membersOf(deps, access, proposal, requester, names, at, fresh);
  const question = { team: deps.team, requester: deps.people.identify(requester), proposal, groups };
  if (!planned) return question;
  return { ...question, ...(await askFacts(deps, access, question, planned, at, fresh)) };
}

async function membersOf(
  { people, team }: PolicyDeps,
  access: Access,
  proposal: Proposal,
  requester: PersonId,
  names: ReadonlySet<string>,
  at: Date,
  fresh: boolean,
): Promise<ReadonlyMap<string, Membership>> {
  const { owner, dataSourceOwner } = proposal;
  const subject = { requester, owner, ...(dataSourceOwner === undefined ? {} : { dataSourceOwner }) };
  const membership = async (name: string): Promise<Membership> => {
    const group = findGroup(access, name, subject);
    switch (group.kind) {
      case "members":
        return { status: "known", value: group.members.map((member) => personOf(member, team)) };
      case "nobody":
        return { status: "known", value: [] };
      case "asked":
        return people.members(group.source, at, fresh);
    }
  };
  const found = [...names].map(async (name): Promise<[string, Membership]> => {
    const one = await membership(name);
    return [name, one.status === "known" ? { ...one, value: one.value.map(people.identify) } : one];
  });
  return new Map(await Promise.all(found));
}

async function askFacts(
  deps: PolicyDeps,
  access: Access,
  { requester, groups, proposal }: Question,
  { plan, reference, history: given }: Planned,
  at: Date,
  fresh: boolean,
) {
  const named = factsNamed(access);
  const timezone = access.timezone ?? "UTC";
  const wantsHistory = [...named].some((name) => name.startsWith("history."));
  const [onCall, history] = await Promise.all([
    named.has("requester.onCall") ? askOnCall(deps, access, requester, at, fresh) : undefined,
    wantsHistory ? (given ?? historyOf(deps, requester, plan, timezone, at)) : undefined,
  ]);
  const memberships = [...groups];
  const away = named.has("requester.groups") ? unavailableOf(memberships) : [];
  const facts = ruleFacts({
    plan,
    tags: proposal.tags,
    ...(reference === undefined ? {} : { reference }),
    timezone,
    now: at,
    ...(onCall?.is === undefined ? {} : { onCall: onCall.is }),
    ...(history === undefined ? {} : { history }),
    ...(away.length === 0
      ? { groups: memberships.filter(([, found]) => includes(found, requester)).map(([name]) => name) }
      : {}),
  });
  return { facts, unknown: [...away, ...(onCall?.unavailable ?? [])] };
}

/** In any schedule of the file; unknown where one that can't be asked could still say yes. */
async function askOnCall(
  { people }: PolicyDeps,
  access: Access,
  requester: PersonId,
  at: Date,
  fresh: boolean,
): Promise<{ is?: boolean; unavailable: Unavailable[] }> {
  const asked = await Promise.all(
    Object.entries(access.schedules ?? {}).map(async ([name, schedule]): Promise<[string, Membership]> => [
      `schedule ${name}`,
      await people.members({ kind: "schedule", schedule }, at, fresh),
    ]),
  );
  if (asked.some(([, found]) => includes(found, requester))) return { is: true, unavailable: [] };
  const unavailable = unavailableOf(asked);
  return { ...(unavailable.length === 0 ? { is: false } : {}), unavailable };
}

type Unavailable = { group: string; why: string };

function unavailableOf(found: readonly [string, Membership][]): Unavailable[] {
  return found.flatMap(([group, one]) => (one.status === "unavailable" ? [{ group, why: one.why }] : []));
}

function includes(found: Membership, person: PersonId): boolean {
  return found.status === "known" && found.value.some((one) => certainlySamePerson(one, person));
}

/** What the person did today besides this request. */
async function historyOf(
  { store }: PolicyDeps,
  requester: PersonId,
  plan: Plan,
  timezone: string,
  at: Date,
): Promise<History | undefined> {
  const day = dayIn(timezone, at);
  const latest = await store.ofPerson(requester, MAX_HISTORY);
  const today = latest.filter(
    ({ id, createdAt }) => id !== plan.requestId && dayIn(timezone, new Date(createdAt)) === day,
  );
  if (today.length >= MAX_HISTORY - 1) return undefined;
  const runs = today.flatMap((request) => request.runs);
  const sum = (of: (run: (typeof runs)[number]) => number | undefined) =>
    runs.reduce((total, run) => total + (of(run) ?? 0), 0);
  return {
    requests: today.length,
    runs: runs.length,
    rows: sum(({ result }) => result?.rows),
    bytes: sum(({ result }) => result?.bytes),
    denied: today.filter(({ state }) => state === "denied").length,
  };
}
