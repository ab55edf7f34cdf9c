/** The queues, each with its one kind of job. A job carries ids, never a fact: what it means is read from the store. */
export const queueNames = { runs: "runs", projections: "projections", chores: "chores" } as const;

export type RunJob = { requestId: string; run: number };
export type ProjectionJob = { requestId: string };
/** `wake`: look at one request now. `sweep`: look at all whose time has come. `canary`: the nightly story. */
export type ChoreJob = { requestId?: string };

export const sweepName = "sweep";
export const canaryName = "canary";
export const wakeName = "wake";
