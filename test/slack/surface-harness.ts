import type { LoadedRunbook } from "../../src/runbook/runbook.ts";
import { startSlack as startPeer, type SlackPeer } from "../../src/sandbox/slack/start-slack.ts";
import { SLACK_PATH } from "../../src/slack/front-door.ts";
import {
  type SlackDeps,
  type SlackOptions,
  type SlackSurface,
  startSlack,
} from "../../src/slack/start-slack.ts";
import type { Log } from "../../src/workflow/ports.ts";
import type {
  ActOutcome,
  ExplainAnswer,
  RunbookChoice,
  SubmitOutcome,
  UseCases,
} from "../../src/workflow/use-cases.ts";
import type { Request } from "../../src/request/request.ts";
import { allKinds, choiceOf } from "./all-kinds-runbook.ts";
import { aPending } from "./lives.ts";

/** What the surface asked of the use cases, in order. */
type Call = { act: keyof UseCases; with: unknown };

/** Use cases that do nothing but answer what a test wants, and remember what they were asked. */
export type FakeUseCases = UseCases & {
  calls: Call[];
  of(act: keyof UseCases): unknown[];
  choices: RunbookChoice[];
  requests: Request[];
  waiting: Request[];
  explained: ExplainAnswer;
  answers: {
    submit: (ask: Parameters<UseCases["submitRequest"]>[0]) => Promise<SubmitOutcome>;
    act: (act: keyof UseCases, requestId: string) => Promise<ActOutcome>;
  };
};

export type LogLine = { level: string; message: string; fields: Record<string, unknown> };

export type Harness = AsyncDisposable & {
  slack: SlackPeer;
  surface: SlackSurface;
  useCases: FakeUseCases;
  runbooks: Map<string, LoadedRunbook>;
  log: LogLine[];
  foreign: unknown[];
};

/** A local Slack and the real surface on it, with fake use cases behind. */
export async function openSurface(
  options: Partial<SlackOptions> & { peer?: Parameters<typeof startPeer>[0]; deps?: Partial<SlackDeps> } = {},
): Promise<Harness> {
  const { peer, deps, ...rest } = options;
  const transport = options.transport ?? "socket";
  const slack = await startPeer({ transport, ...peer });
  const useCases = fakeUseCases();
  const runbooks = new Map([[allKinds.metadata.name, allKinds]]);
  const log: LogLine[] = [];
  const foreign: unknown[] = [];
  const surface = await startSlack(surfaceOptions(slack, rest), {
    ...surfaceDeps(useCases, runbooks, log),
    onForeign: (one) => foreign.push(one),
    ...deps,
  });
  if (transport === "http") slack.setRequestUrl(`http://127.0.0.1:${surface.port}${SLACK_PATH}`);
  return {
    slack,
    surface,
    useCases,
    runbooks,
    log,
    foreign,
    async [Symbol.asyncDispose]() {
      await surface[Symbol.asyncDispose]();
      await slack[Symbol.asyncDispose]();
    },
  };
}

export function surfaceOptions(slack: SlackPeer, rest: Partial<SlackOptions> = {}): SlackOptions {
  return {
    transport: "socket",
    botToken: slack.botToken,
    appToken: slack.appToken,
    signingSecret: slack.signingSecret,
    slackApiUrl: slack.apiUrl,
    port: 0,
    host: "127.0.0.1",
    allowedTeams: [],
    ...rest,
  };
}

export function surfaceDeps(
  useCases: UseCases,
  runbooks: ReadonlyMap<string, LoadedRunbook>,
  log: LogLine[],
): SlackDeps {
  return {
    useCases,
    catalogue: () => ({ runbooks }),
    explainPolicy: () => ["allows one query on one partition"],
    seen: rememberSeen(),
    clock: { now: () => new Date() },
    log: recordingLog(log),
  };
}

export function fakeUseCases(): FakeUseCases {
  const calls: Call[] = [];
  const fake: FakeUseCases = {
    calls,
    of: (act) => calls.filter((call) => call.act === act).map((call) => call.with),
    choices: [choiceOf(allKinds)],
    requests: [],
    waiting: [],
    explained: { status: "refused", why: { kind: "unknown-runbook", name: "none" } },
    answers: {
      submit: async () => ({ status: "submitted", request: aPending() }),
      act: async (_, requestId) => {
        const request = fake.requests.find(({ id }) => id === requestId);
        return request ? { status: "done", request } : { status: "not-found" };
      },
    },
    async runbooksFor(person) {
      calls.push({ act: "runbooksFor", with: person });
      return { choices: fake.choices, unknown: [] };
    },
    async refuseForm(asked) {
      calls.push({ act: "refuseForm", with: asked });
    },
    async submitRequest(ask) {
      calls.push({ act: "submitRequest", with: ask });
      return fake.answers.submit(ask);
    },
    async requestsOf(person, limit) {
      calls.push({ act: "requestsOf", with: { person, limit } });
      return fake.requests;
    },
    async closeIncident(closing) {
      calls.push({ act: "closeIncident", with: closing });
      return { status: "closed", ended: [], cancelled: [], notTheirs: [] };
    },
    async channelArchived(channel) {
      calls.push({ act: "channelArchived", with: channel });
    },
    async offerBreakGlass(asked) {
      calls.push({ act: "offerBreakGlass", with: asked });
      return { status: "refused", why: { kind: "no-break-glass", runbook: asked.runbook } };
    },
    async offerRecipe(asked) {
      calls.push({ act: "offerRecipe", with: asked });
      return { status: "refused", why: { kind: "no-recipes", runbook: asked.runbook } };
    },
    async recipesFor(person) {
      calls.push({ act: "recipesFor", with: person });
      return [];
    },
    takeReview: (act) => acted("takeReview", act),
    giveReview: (act) => acted("giveReview", act),
    castVote: (vote) => acted("castVote", vote),
    approveLess: (act) => acted("approveLess", act),
    cancelRequest: (act) => acted("cancelRequest", act),
    endGrant: (act) => acted("endGrant", act),
    runAgain: (act) => acted("runAgain", act),
    runAnotherQuery: (act) => acted("runAnotherQuery", act),
    viewRequest: (act) => acted("viewRequest", act),
    goAway: async ({ by, delegate, until }) => ({
      status: "away",
      delegation: {
        delegator: by,
        delegate,
        startsAt: "2026-11-21T02:10:00.000Z",
        endsAt: `${until}T23:00:00.000Z`,
      },
    }),
    comeBack: async () => ({ status: "not-away" }),
    delegations: async () => [],
    async explain(question) {
      calls.push({ act: "explain", with: question });
      return fake.explained;
    },
    async who(question) {
      calls.push({ act: "who", with: question });
      return fake.explained;
    },
    async waitingFor(person) {
      calls.push({ act: "waitingFor", with: person });
      return fake.waiting;
    },
  };
  async function acted(act: keyof UseCases, given: { requestId: string }): Promise<ActOutcome> {
    calls.push({ act, with: given });
    return fake.answers.act(act, given.requestId);
  }
  return fake;
}

/** As Redis with `SET … NX` answers: atomically, the first asks false. */
function rememberSeen(): (key: string) => Promise<boolean> {
  const keys = new Set<string>();
  return async (key) => {
    const was = keys.has(key);
    keys.add(key);
    return was;
  };
}

export function recordingLog(lines: LogLine[]): Log {
  const add =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, fields });
  return { info: add("info"), warn: add("warn"), error: add("error") };
}
