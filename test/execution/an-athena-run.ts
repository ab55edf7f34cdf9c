import type { STSClient } from "@aws-sdk/client-sts";
import { createStsClient } from "../../src/aws/clients.ts";
import { createSessionIssuer } from "../../src/execution/issue-session.ts";
import { createQueryJanitor } from "../../src/execution/query-janitor.ts";
import { compileSessionPolicy } from "../../src/iam/compile-session-policy.ts";
import type { AthenaScope } from "../../src/runbook/athena-plan.ts";
import type { Plan } from "../../src/runbook/plan.ts";
import type { AthenaOptions } from "../../src/sandbox/aws/athena/athena-peer.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import type {
  QueryJanitor,
  RunProgress,
  RunSession,
  RunWatch,
  SessionOrder,
} from "../../src/workflow/ports.ts";
import { provePlan } from "../../src/workflow/prove-plan.ts";
import { aPlan } from "../fixtures/a-request.ts";

const account = "111122223333";
const region = "eu-west-1";
const externalId = "jit-sandbox";

export type AthenaShop = AsyncDisposable & {
  aws: AwsPeer;
  sts: STSClient;
  janitor: QueryJanitor;
  /** A session for the plan, as a worker gets it. */
  open(plan: Plan, order?: Partial<SessionOrder>): Promise<RunSession>;
};

/** A local AWS with its CloudTrail table, and what works on it with the bot's own keys. */
export async function anAthenaShop(athena: AthenaOptions = {}): Promise<AthenaShop> {
  await using opening = new AsyncDisposableStack();
  const aws = opening.use(await startAws({ externalId, athena }));
  const sts = createStsClient({ endpoint: aws.url, region }, { credentials: aws.broker });
  opening.defer(() => sts.destroy());
  const place = { region, endpoint: aws.url };
  const issuer = createSessionIssuer({ sts, place, clock: { now: () => new Date() } });
  const stack = opening.move();
  return {
    aws,
    sts,
    janitor: createQueryJanitor({ sts, place }),
    open: (plan, order) =>
      issuer.issue({
        plan,
        run: 1,
        maxLifeMs: plan.limits.timeoutSeconds * 1000 + 10_000,
        policyFor: (expiresAt, now) => provePlan(plan, expiresAt, now),
        signal: new AbortController().signal,
        ...order,
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export type AthenaPlanChange = {
  id?: string;
  sql?: string;
  parameters?: string[];
  columns?: string[];
  limits?: Partial<Plan["limits"]>;
  scope?: Partial<AthenaScope>;
  workgroup?: string;
  grant?: Partial<Plan["grant"]>;
  target?: Partial<Plan["target"]>;
};

/** A plan that is valid in every part: who did what in one account and Region, ever since the table begins. */
export function anAthenaPlan(change: AthenaPlanChange = {}): Plan {
  const base = aPlan({
    ...(change.id ? { id: change.id } : {}),
    ...(change.grant ? { grant: change.grant } : {}),
  });
  const workgroup = change.workgroup ?? "jit-cloudtrail";
  const target = {
    ...base.target,
    dataSource: "cloudtrail",
    service: "athena" as const,
    role: `arn:aws:iam::${account}:role/jit-data-athena-read`,
    janitorRole: `arn:aws:iam::${account}:role/jit-janitor-athena`,
    ...change.target,
  };
  const athena: AthenaScope = {
    workgroup: { name: workgroup, results: { kind: "managed" } },
    glue: { catalogId: account, tables: [{ database: "audit", table: "cloudtrail_logs" }] },
    data: [{ bucket: "org-trail-logs", prefix: `AWSLogs/${account}/CloudTrail/${region}/` }],
    kmsKeys: [],
    lakeFormation: false,
    reads: [],
    bounds: [],
    maxBytesScanned: 8_000_000_000,
    ...change.scope,
  };
  const calls: Plan["calls"] = [
    {
      action: "athena:StartQueryExecution",
      request: {
        WorkGroup: workgroup,
        QueryExecutionContext: { Catalog: "AwsDataCatalog", Database: "audit" },
        QueryString: change.sql ?? everything,
        ...(change.parameters ? { ExecutionParameters: change.parameters } : {}),
      },
    },
  ];
  const column = (name: string) =>
    ({ name, title: name, type: "string", classification: "internal", mask: "none" }) as const;
  return {
    ...base,
    target,
    calls,
    tables: {},
    athena,
    limits: {
      ...base.limits,
      timeoutSeconds: 30,
      maxRows: 100_000,
      maxPages: 100,
      maxBytes: 50_000_000,
      ...change.limits,
    },
    output: { ...base.output, columns: (change.columns ?? ["eventid", "eventname"]).map(column) },
    sessionPolicy: JSON.stringify(compileSessionPolicy({ calls, schemas: {}, target, athena })),
  };
}

export const inScope = `account = '${account}' AND region = '${region}'`;
const everything = `SELECT eventid, eventname FROM cloudtrail_logs WHERE ${inScope} ORDER BY eventid`;

export type Watched = RunWatch & { seen: RunProgress[]; ids: string[] };

/** Remembers what it is told. */
export function watched(change: Partial<RunWatch> = {}): Watched {
  const seen: RunProgress[] = [];
  const ids: string[] = [];
  return {
    seen,
    ids,
    progress: (progress) => {
      seen.push(progress);
      change.progress?.(progress);
    },
    queryStarted: async (query) => {
      ids.push(query.queryExecutionId);
      await change.queryStarted?.(query);
    },
    nextLease: change.nextLease ?? (async () => "last"),
  };
}
