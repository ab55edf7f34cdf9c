import { endWithIncident } from "../request/incident.ts";
import type { Outcome } from "../request/outcome.ts";
import type { Request, RevocationCause } from "../request/request.ts";
import { beginRevocation } from "../request/revoke.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import type { Directory } from "./ports.ts";

/** Looked at in one sweep, those first that have waited longest: an item is read for each. */
const LOOKS = 100;
/** Asked about in one sweep, likewise: with a sweep every five seconds, 60 of the 100 questions that Slack answers a minute. */
const PEOPLE = 5;
/** Likewise; of channels Slack answers about 50 a minute. */
const CHANNELS = 2;

/**
 * Ends open grants whose ground is gone while nobody presses anything: the requester may not act any more, what was
 * approved is not published any more, or the channel of its incident was archived, which cancels also what waits. What
 * can't be told ends nothing: nothing new is opened by it either, since each run asks again. What it remembers is only
 * whose turn it is.
 */
export function createGrantWatch(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log" | "catalogue" | "channels" | "openRequests"> & {
    /** Nothing until Slack has said where this bot is at home. */
    directory: () => Directory | undefined;
  },
): () => Promise<void> {
  const requests = turns();
  const people = turns();
  const channels = turns();

  function groundIsGone(request: Request, answers: Answers["people"]): RevocationCause | undefined {
    const published = deps.catalogue().runbooks.get(request.plan.runbook.name);
    if (published?.digest !== request.plan.runbook.digest) return "runbook-withdrawn";
    return answers.get(keyOf(request.requester)) === "gone" ? "requester-gone" : undefined;
  }

  /** Nothing when its ground holds as far as can be told. */
  function endOf(request: Request, { people: answers, archived }: Answers): End | undefined {
    const cause = isWatched(request) ? groundIsGone(request, answers) : undefined;
    if (cause) return { cause, end: (current, now) => beginRevocation(current, { cause }, now) };
    if (!archived.has(request.origin?.channel ?? "")) return undefined;
    return { cause: "incident-closed", end: (current, now) => endWithIncident(current, {}, now) };
  }

  async function endIfGone(request: Request, answers: Answers): Promise<void> {
    const ending = endOf(request, answers);
    if (!ending) return;
    const outcome = await deps.store.change(request.id, (current) => ending.end(current, deps.clock.now()));
    if (outcome.status !== "changed") return;
    deps.log.info("access ended: what it was given for is gone", {
      requestId: request.id,
      cause: ending.cause,
    });
    await handOver(deps, outcome.request);
  }

  /** Each of those whose turn it is, once. */
  async function askPeople(active: readonly Request[]): Promise<Answers["people"]> {
    const directory = deps.directory();
    const requesters = new Map(active.map(({ requester }) => [keyOf(requester), requester]));
    const answers = new Map<string, "gone">();
    if (!directory) return answers;
    for (const key of people.next([...requesters.keys()], PEOPLE)) {
      const person = requesters.get(key);
      const answer = person && (await directory.check(person));
      if (answer?.status === "refused" && answer.problem !== "unknown") answers.set(key, "gone");
    }
    return answers;
  }

  async function askChannels(open: readonly Request[]): Promise<Answers["archived"]> {
    const all = new Set(open.flatMap(({ origin }) => origin?.channel ?? []));
    const archived = new Set<string>();
    for (const channel of channels.next([...all], CHANNELS))
      if ((await deps.channels.look(channel)) === "archived") archived.add(channel);
    return archived;
  }

  return async () => {
    const open: Request[] = [];
    for (const id of requests.next(await deps.openRequests(), LOOKS)) {
      const stored = await deps.store.get(id);
      if (stored?.request.state === "active" || stored?.request.state === "pending")
        open.push(stored.request);
    }
    const [answers, archived] = await Promise.all([askPeople(open.filter(isWatched)), askChannels(open)]);
    for (const request of open) {
      try {
        await endIfGone(request, { people: answers, archived });
      } catch (error) {
        deps.log.warn("a grant could not be looked at; the next sweep does", {
          requestId: request.id,
          error,
        });
      }
    }
  };
}

/** A run that is queued asks all this itself in a moment, and says more about what it found. */
function isWatched({ state, runs }: Request): boolean {
  return state === "active" && !runs.some((run) => run.state === "queued");
}

type Answers = { people: ReadonlyMap<string, "gone">; archived: ReadonlySet<string> };

type End = { cause: RevocationCause; end: (current: Request, now: Date) => Outcome };

function keyOf({ teamId, userId }: PersonId): string {
  return `${teamId}:${userId}`;
}

/** Takes so many of what there is, those first that were never taken or longest ago; forgets what is there no more. */
function turns(): { next(all: readonly string[], most: number): string[] } {
  let turn = 0;
  let taken = new Map<string, number>();
  return {
    next(all, most) {
      taken = new Map(all.flatMap((one) => (taken.has(one) ? [[one, taken.get(one) ?? 0]] : [])));
      const chosen = all.toSorted((a, b) => (taken.get(a) ?? -1) - (taken.get(b) ?? -1)).slice(0, most);
      turn += 1;
      for (const one of chosen) taken.set(one, turn);
      return chosen;
    },
  };
}
