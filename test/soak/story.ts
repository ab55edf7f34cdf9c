import { type Effect, type Fault, faultText, type MessageFault, type Misfortune } from "./fault.ts";
import { createRandom, type Random } from "./random.ts";
import { emergencies, steps } from "./soak-runbooks.ts";

/** What people do and what goes wrong meanwhile. A value: it can be printed, replayed, and made smaller. */
export type Story = {
  seed: number;
  replicas: number;
  /** Whether those that died are replaced before the end; without it the survivors must do. */
  replaced: boolean;
  requests: readonly Tale[];
  faults: readonly Fault[];
};

/** One request's part of the story. */
export type Tale = {
  who: Role;
  runbook: RunbookName;
  window: boolean;
  /** Started at once, without anybody's approval. */
  breakGlass?: true;
  acts: readonly Act[];
};

type Role = "oncall" | "engineer" | "lead" | "approver2" | "security" | "outsider" | "guest";
export type RunbookName =
  | "orders-by-id"
  | "orders-recent-of-customer"
  /** Approved in two steps. */
  | "orders-stuck-by-status"
  /** A write, approved by two who were shown what it would change. */
  | "orders-release-lock"
  /** An Athena query. */
  | "trail-by-name"
  /** An Athena query of the requester's own; its window admits further ones. */
  | "trail-hunt";

/** `afterMs`: how long somebody waits before they do it. */
export type Act = { afterMs: number } & (
  | { kind: "approve" | "deny" | "end" | "revoke"; by: Role; times: number }
  | { kind: "cancel" | "run-again"; times: number }
  /** The requester asks a query of their own inside the window; `days` ago. */
  | { kind: "another-query"; days: number }
  /** The requester asks for the way back of what was written, and both approvers approve it. */
  | { kind: "roll-back" }
  /** Somebody else changes the item that is written. */
  | { kind: "meddle" }
  /** A delivery of Slack's that came already comes once more, late and out of order. */
  | { kind: "redeliver"; nth: number }
  /** The job of the first run is queued once more by somebody else. */
  | { kind: "queue-again"; times: number }
  /** Time passes, for the hosts and for AWS. */
  | { kind: "pass"; minutes: number }
  /** The window comes to its last seconds. */
  | { kind: "last-seconds"; leftMs: number }
);

export function imagineStory(seed: number, options: { replicas: number }): Story {
  const random = createRandom(seed);
  const requests = Array.from({ length: random.int(1, 3) }, () => imagineTale(random));
  const faults = random.chance(0.12)
    ? []
    : Array.from({ length: random.int(1, 4) }, () => imagineFault(random, options.replicas));
  return {
    seed,
    replicas: options.replicas,
    replaced: random.chance(0.5),
    requests,
    faults,
  };
}

export function storyText(story: Story): string {
  return [
    `story ${story.seed}: ${story.replicas} replicas, the dead ${story.replaced ? "are" : "are not"} replaced`,
    ...story.requests.map(
      ({ who, runbook, window, breakGlass, acts }) =>
        `  ${who} ${breakGlass ? "breaks the glass" : "asks"} for ${runbook}${window ? " in a window" : ""}: ${acts.map(actText).join("; ") || "nothing more"}`,
    ),
    ...story.faults.map((fault) => `  fault: ${faultText(fault)}`),
  ].join("\n");
}

function imagineTale(random: Random): Tale {
  const runbook = random.pick(runbooks);
  const window = runbook !== "orders-release-lock" && random.chance(runbook === "trail-hunt" ? 0.8 : 0.4);
  const offered = [...usual, ...(window ? inWindows : []), ...(ofRunbook[runbook] ?? [])];
  const acts: Act[] = [];
  for (let more = random.int(1, window ? 6 : 4); more > 0; more--) acts.push(imagineAct(random, offered));
  if (isForEmergencies(runbook) && !window && random.chance(0.15))
    return { who: "oncall", runbook, window, breakGlass: true, acts };
  // Most stories are about access that was given.
  if (random.chance(0.7)) acts.unshift(...approvals(runbook));
  return { who: random.pick(["oncall", "oncall", "engineer", "lead"]), runbook, window, acts };
}

const runbooks: readonly RunbookName[] = [
  "orders-by-id",
  "orders-by-id",
  "orders-recent-of-customer",
  "orders-stuck-by-status",
  "orders-stuck-by-status",
  "orders-release-lock",
  "orders-release-lock",
  "trail-by-name",
  "trail-hunt",
];

function isForEmergencies(runbook: RunbookName): boolean {
  return emergencies.runbooks.includes(runbook);
}

/** Enough of them, in an order that counts. */
function approvals(runbook: RunbookName): Act[] {
  const takesTwo = steps[runbook].reduce((all, { count }) => all + count, 0) > 1;
  const by: readonly Role[] = takesTwo ? ["lead", "security"] : ["lead"];
  return by.map((one) => ({ kind: "approve", by: one, times: 1, afterMs: 0 }));
}

/** The more often one stands here, the more often it comes. */
const usual: readonly Act["kind"][] = [
  "approve",
  "approve",
  "approve",
  "deny",
  "cancel",
  "end",
  "revoke",
  "redeliver",
  "redeliver",
  "queue-again",
  "pass",
];
const inWindows: readonly Act["kind"][] = ["run-again", "run-again", "run-again", "last-seconds"];
const ofRunbook: Partial<Record<RunbookName, readonly Act["kind"][]>> = {
  "orders-release-lock": ["roll-back", "roll-back", "roll-back", "meddle"],
  "trail-hunt": ["another-query", "another-query", "another-query", "another-query"],
};

function imagineAct(random: Random, offered: readonly Act["kind"][]): Act {
  const afterMs = random.chance(0.5) ? 0 : random.int(1, 150);
  const times = random.chance(0.25) ? random.int(2, 3) : 1;
  const kind = random.pick(offered);
  switch (kind) {
    case "approve":
      return {
        kind,
        by: random.pick(["lead", "approver2", "lead", "security", "engineer", "oncall", "guest"]),
        times,
        afterMs,
      };
    case "deny":
      return { kind, by: random.pick(["lead", "approver2", "engineer"]), times: 1, afterMs };
    case "end":
      return { kind, by: random.pick(["oncall", "engineer", "lead", "security"]), times, afterMs };
    case "revoke":
      return { kind, by: random.pick(["lead", "approver2", "security"]), times: 1, afterMs };
    case "cancel":
    case "run-again":
      return { kind, times, afterMs };
    case "another-query":
      return { kind, days: random.int(1, 5), afterMs };
    case "roll-back":
    case "meddle":
      return { kind, afterMs };
    case "redeliver":
      return { kind, nth: random.int(0, 20), afterMs };
    case "queue-again":
      return { kind, times: random.int(1, 3), afterMs };
    case "pass":
      return { kind, minutes: random.pick([1, 5, 14, 16, 61]), afterMs };
    case "last-seconds":
      return { kind, leftMs: random.int(500, 6_000), afterMs };
  }
}

function imagineFault(random: Random, replicas: number): Fault {
  if (random.chance(0.35)) {
    return { type: "timed", atMs: random.int(0, 700), what: imagineMisfortune(random, replicas) };
  }
  return imagineMessageFault(random);
}

function imagineMessageFault(random: Random): MessageFault {
  const effects: Effect[] = [
    { kind: "drop", when: "before" },
    { kind: "drop", when: "after" },
    { kind: "drop", when: "after" },
    { kind: "delay", ms: random.int(50, 1_500) },
    { kind: "error" },
    { kind: "throttle" },
    { kind: "kill", when: "before" },
    { kind: "kill", when: "after" },
  ];
  const [on, most] = random.pick([
    ["store", 40],
    ["store:UpdateItem", 25],
    ["store:PutItem", 2],
    ["store:GetItem", 40],
    ["sts", 4],
    ["sts:AssumeRole", 2],
    ["data", 3],
    ["data", 6],
    ["data:UpdateItem", 1],
    ["data:StartQueryExecution", 2],
    ["data:GetQueryExecution", 3],
    ["iam", 3],
    ["slack", 30],
    ["slack:chat.postMessage", 12],
    ["slack:chat.update", 8],
    ["redis:write", 120],
  ] as const);
  const effect = random.pick(effects);
  return { type: "message", on, nth: random.int(1, most), effect };
}

function imagineMisfortune(random: Random, replicas: number): Misfortune {
  return random.pick<Misfortune>([
    { kind: "redis-flush" },
    { kind: "redis-restart", downMs: random.int(20, 800) },
    { kind: "aws-down", downMs: random.int(20, 1_000) },
    { kind: "slack-down", downMs: random.int(20, 1_000) },
    { kind: "cut-sockets" },
    { kind: "duplicate-deliveries", extra: random.int(1, 3) },
    { kind: "slow-deliveries", ms: random.int(20, 400) },
    { kind: "host-clock", byMs: random.int(-20, 20) * 60_000 },
    // Forward only: one that went back would give every session more life, whoever holds it.
    { kind: "aws-clock", byMs: random.int(1, 4) * 60_000 },
    { kind: "kill", replica: random.int(0, replicas - 1) },
    { kind: "slow-queries", runMs: random.int(100, 1_000) },
    // Longer than a lease.
    { kind: "slow-queries", runMs: 3_500 },
    { kind: "held-queries", forMs: random.int(100, 1_500) },
    { kind: "failed-query" },
  ]);
}

function actText(act: Act): string {
  const { kind, afterMs, ...rest } = act;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return `${kind}${details.length > 0 ? ` (${details.join(", ")})` : ""}${afterMs > 0 ? ` after ${afterMs} ms` : ""}`;
}
