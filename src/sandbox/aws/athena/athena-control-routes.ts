import { z } from "zod";
import type { ControlAnswer, ControlRoute } from "../control-routes.ts";

/** What can be done to the local Athena from outside; `docs/sandbox-aws.md` has an example of each. */
export const athenaControlRoutes: Record<string, ControlRoute> = {
  "GET /control/athena": ({ deps: { athena } }) => ({
    body: {
      pace: athena.pace.now(),
      holds: athena.pace.holds().map(({ letGo: _act, ...hold }) => hold),
      queries: athena.queries(),
    },
  }),
  "POST /control/athena/pace": ({ deps: { athena }, body }) => {
    athena.pace.set(paceSchema.parse(body));
    return { body: athena.pace.now() };
  },
  "POST /control/athena/holds": ({ deps: { athena }, body }) => {
    const { phase, queries } = holdSchema.parse(body);
    return { status: 201, body: { id: athena.pace.hold(phase, queries).id } };
  },
  "DELETE /control/athena/holds/:id": ({ deps: { athena }, id }) => {
    const hold = athena.pace.holds().find((one) => one.id === id);
    if (!hold) return notThere(`There is no hold ${id}.`);
    hold.letGo();
    return { body: { ok: true } };
  },
  "DELETE /control/athena/holds": ({ deps: { athena } }) => {
    for (const hold of athena.pace.holds()) hold.letGo();
    return { body: { ok: true } };
  },
  "POST /control/athena/cancel": ({ deps: { athena }, body }) => {
    const { queryExecutionId } = cancelSchema.parse(body);
    const cancelled = athena.cancel(queryExecutionId);
    return queryExecutionId !== undefined && cancelled.length === 0
      ? notThere(`No query under way has the id ${queryExecutionId}.`)
      : { body: { cancelled } };
  },
  "POST /control/athena/failures": ({ deps: { athena }, body }) => {
    athena.failNext(failureSchema.parse(body).failure);
    return { status: 201, body: { ok: true } };
  },
  "POST /control/athena/deliver": async ({ deps: { athena } }) => ({
    body: { delivered: await athena.deliverNow() },
  }),
};

const milliseconds = z.number().int().min(0).max(3_600_000).optional();
const paceSchema = z.strictObject({ queueMs: milliseconds, runMs: milliseconds });
const holdSchema = z.strictObject({
  phase: z.enum(["queued", "running"]),
  queries: z.union([z.enum(["every", "next"]), z.uuid()]).default("every"),
});
const cancelSchema = z.strictObject({ queryExecutionId: z.uuid().optional() });
const failureSchema = z.strictObject({ failure: z.enum(["exhausted", "internal"]) });

function notThere(error: string): ControlAnswer {
  return { status: 404, body: { error } };
}
