import { z } from "zod";
import { athenaControlRoutes } from "./athena/athena-control-routes.ts";
import type { AthenaControl } from "./athena/athena-peer.ts";
import type { CallFilter, CallLog, CallRecord } from "./call-log.ts";
import type { SandboxClock } from "./clock.ts";
import type { DynamoDbEngine } from "./dynalite-engine.ts";
import type { Fault, Faults } from "./faults.ts";

export type ControlDeps = {
  calls: CallLog;
  faults: Faults;
  clock: SandboxClock;
  engine: DynamoDbEngine;
  athena: AthenaControl;
  /** What `GET /control` tells; no keys. */
  about: Record<string, string>;
};

export type ControlAnswer = { status?: number; body: unknown };
export type ControlRoute = (act: {
  deps: ControlDeps;
  /** The number in the path, where there is one. */
  id: number;
  query: URLSearchParams;
  body: unknown;
}) => ControlAnswer | Promise<ControlAnswer>;

/** By method and path; `:id` stands for a number. */
export const controlRoutes: Record<string, ControlRoute> = {
  "GET /control": ({ deps }) => ({ body: { ...deps.about, now: deps.clock.now() } }),
  "GET /control/calls": ({ deps, query }) => {
    const calls = deps.calls.query(readFilter(query));
    return { body: { calls: calls.slice(-Number(query.get("limit") ?? 100)) } };
  },
  "GET /control/calls/wait": async ({ deps, query }) => {
    const fits = waited(readFilter(query));
    const deadlineMs = Math.min(Number(query.get("deadlineMs") ?? 10_000), 60_000);
    return { body: { call: await deps.calls.waitForCall(fits, deadlineMs) } };
  },
  "DELETE /control/calls": ({ deps }) => done(() => deps.calls.clear()),
  "GET /control/faults": ({ deps }) => ({ body: { faults: deps.faults.list() } }),
  "POST /control/faults": ({ deps, body }) => ({
    status: 201,
    body: { id: deps.faults.add(faultSchema.parse(body) as Fault) },
  }),
  "DELETE /control/faults/:id": ({ deps, id }) => done(() => deps.faults.clear(id)),
  "DELETE /control/faults": ({ deps }) => done(() => deps.faults.clear()),
  "POST /control/down": ({ deps }) => done(() => deps.faults.down()),
  "POST /control/up": ({ deps }) => done(() => deps.faults.up()),
  "GET /control/clock": ({ deps: { clock } }) => ({
    body: { now: clock.now(), offsetMs: clock.offsetMs() },
  }),
  "POST /control/clock": ({ deps: { clock }, body }) => {
    clock.advance(z.strictObject({ advanceMs: z.number().int() }).parse(body).advanceMs);
    return { body: { now: clock.now(), offsetMs: clock.offsetMs() } };
  },
  "POST /control/items": async ({ deps: { engine }, body }) => {
    const { table, items } = itemsSchema.parse(body);
    for (const Item of items) {
      await engine.run("PutItem", engine.check("PutItem", { TableName: table, Item }));
    }
    return { body: { put: items.length } };
  },
  ...athenaControlRoutes,
};

const when = z.enum(["before", "after"]);
const faultSchema = z.strictObject({
  service: z.enum(["sts", "dynamodb", "athena"]).optional(),
  operation: z.string().optional(),
  table: z.string().optional(),
  times: z.number().int().positive().optional(),
  effect: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("latency"), latencyMs: z.number().int().positive() }),
    z.strictObject({ kind: z.literal("throttle") }),
    z.strictObject({ kind: z.literal("internal") }),
    z.strictObject({
      kind: z.literal("error"),
      code: z.string(),
      message: z.string().optional(),
      status: z.number().int().min(400).max(599).optional(),
    }),
    z.strictObject({ kind: z.literal("reset"), when }),
    z.strictObject({ kind: z.literal("hang"), when }),
  ]),
});
const itemsSchema = z.strictObject({
  table: z.string(),
  /** In DynamoDB's own form: `{"order_id": {"S": "O-00000001"}}`. */
  items: z.array(z.record(z.string(), z.record(z.string(), z.unknown()))).max(1000),
});

const filterFields = [
  "service",
  "operation",
  "access",
  "sessionName",
  "principalArn",
  "accessKeyId",
] as const;

function readFilter(query: URLSearchParams): CallFilter {
  const fields = filterFields.flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : []));
  return { ...(Object.fromEntries(fields) as CallFilter), after: Number(query.get("after") ?? 0) };
}

function waited({ after = 0, ...fields }: CallFilter): (call: CallRecord) => boolean {
  return (call) =>
    call.id > after &&
    Object.entries(fields).every(([name, value]) => call[name as keyof typeof fields] === value);
}

function done(act: () => void): ControlAnswer {
  act();
  return { body: { ok: true } };
}
