import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createStsClient } from "../../src/aws/clients.ts";
import { createSessionIssuer } from "../../src/execution/issue-session.ts";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import type { Plan } from "../../src/runbook/plan.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { type OrdersFacts, seedOrders } from "../../src/sandbox/seed/orders.ts";
import type { Clock, RunSession, SessionIssuer } from "../../src/workflow/ports.ts";
import { provePlan } from "../../src/workflow/prove-plan.ts";
import { aPlan } from "../fixtures/a-request.ts";

/** For hooks that start a workshop: a second or two, but a machine may be busy. */

export type Workshop = AsyncDisposable & {
  aws: AwsPeer;
  orders: OrdersFacts;
  issuer: SessionIssuer;
  /** A session for the plan, as a worker gets it. */
  open(plan: Plan, signal?: AbortSignal): Promise<RunSession>;
};

/** A local AWS with seeded orders, and the issuer that works on it with the bot's own keys. */
export async function aWorkshop(clock: Clock = { now: () => new Date() }): Promise<Workshop> {
  await using opening = new AsyncDisposableStack();
  const aws = opening.use(await startAws({ externalId: "jit-sandbox" }));
  const operator = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.operator });
  const orders = await seedOrders(operator, aws.clock.now());
  operator.destroy();
  const sts = createStsClient({ endpoint: aws.url, region: aws.region }, { credentials: aws.broker });
  opening.defer(() => sts.destroy());
  const issuer = createSessionIssuer({ sts, place: { region: aws.region, endpoint: aws.url }, clock });
  const stack = opening.move();
  return {
    aws,
    orders,
    issuer,
    open: (plan, signal = new AbortController().signal) =>
      issuer.issue({
        plan,
        run: 1,
        maxLifeMs: plan.limits.timeoutSeconds * 1000 + 10_000,
        policyFor: (expiresAt, now) => provePlan(plan, expiresAt, now),
        signal,
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A plan that is valid in every part, with the session policy compiled from its calls. */
export function planOf(
  change: {
    calls?: Plan["calls"];
    limits?: Partial<Plan["limits"]>;
    columns?: string[];
    target?: Partial<Plan["target"]>;
  } = {},
): Plan {
  const plan = aPlan();
  const calls = change.calls ?? plan.calls;
  const target = { ...plan.target, ...change.target };
  const column = (name: string) =>
    ({ name, title: name, type: "string", classification: "internal", mask: "none" }) as const;
  const output = { ...plan.output, ...(change.columns ? { columns: change.columns.map(column) } : {}) };
  return {
    ...plan,
    calls,
    target,
    output,
    limits: { ...plan.limits, ...change.limits },
    sessionPolicy: JSON.stringify(compileSessionPolicy({ calls, schemas: plan.tables, target })),
  };
}

/** All orders of one status by the index, page by page. */
export function byStatus(status: string, limit: number): Plan["calls"] {
  return [
    {
      action: "dynamodb:Query",
      request: {
        TableName: "orders",
        IndexName: "gsi-status",
        KeyConditionExpression: "#st = :status",
        ProjectionExpression: "order_id, #st, updated_at",
        Select: "SPECIFIC_ATTRIBUTES",
        ExpressionAttributeNames: { "#st": "status" },
        ExpressionAttributeValues: { ":status": { S: status } },
        Limit: limit,
      },
    },
  ];
}
