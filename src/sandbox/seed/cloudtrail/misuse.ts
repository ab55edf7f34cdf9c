import { after, before } from "./moments.ts";
import { type TrailEvent, eventId, production } from "./trail-event.ts";
import { roleArn, session, user } from "./trail-identities.ts";

/** Two callers of one function are refused: by throttling and by its policy. */
export function failingLambda(now: Date) {
  const startsAt = before(now, { hours: 5 });
  const functionArn = `arn:aws:lambda:eu-west-1:${production}:function:invoice-render`;
  const callers = [
    { who: session(production, "api-service", "i-0api"), error: "TooManyRequestsException", calls: 40 },
    { who: session(production, "report-service", "i-0report"), error: "AccessDeniedException", calls: 6 },
  ];
  return {
    events: callers.flatMap(({ who, error, calls }) =>
      Array.from({ length: calls }, (_, index): TrailEvent => ({
        at: after(startsAt, { seconds: index * 7 }),
        source: "lambda",
        name: "Invoke",
        who,
        ip: "198.51.100.31",
        request: { functionName: functionArn, invocationType: "RequestResponse" },
        error: [
          error,
          error === "TooManyRequestsException"
            ? "Rate Exceeded."
            : "not authorized to perform: lambda:InvokeFunction",
        ],
        readOnly: false,
        resources: [{ arn: functionArn, type: "AWS::Lambda::Function" }],
        isData: true,
        salt: String(index),
      })),
    ),
    facts: {
      functionArn,
      callers: callers.map(({ who, error, calls }) => ({ arn: who.arn, errorCode: error, calls })),
      firstAt: startsAt,
    },
  };
}

/** One key knocks at 14 services within an hour and is refused everywhere. */
export function accessDeniedSpike(now: Date) {
  // Into the hour, so that the spike stays within one.
  const startsAt = new Date(
    Math.floor(before(now, { hours: 15 }).getTime() / 3_600_000) * 3_600_000 + 300_000,
  );
  const who = user(production, "metrics-exporter");
  const actions = [
    ["iam", "ListUsers"],
    ["iam", "ListRoles"],
    ["s3", "ListBuckets"],
    ["ec2", "DescribeInstances"],
    ["rds", "DescribeDBInstances"],
    ["lambda", "ListFunctions20150331"],
    ["dynamodb", "ListTables"],
    ["secretsmanager", "ListSecrets"],
    ["kms", "ListKeys"],
    ["sqs", "ListQueues"],
    ["sns", "ListTopics"],
    ["ecr", "DescribeRepositories"],
    ["organizations", "ListAccounts"],
    ["cloudtrail", "DescribeTrails"],
  ] as const;
  const rounds = 5;
  const events = Array.from({ length: rounds }, (_, round) =>
    actions.map(([source, name], index): TrailEvent => ({
      at: after(startsAt, { seconds: (round * actions.length + index) * 30 }),
      source,
      name,
      who,
      ip: "203.0.113.5",
      agent: "python-requests/2.32",
      request: {},
      // EC2 has its own word for it; Lambda's listing would count as a failing Lambda call, which it is.
      error: [
        source === "ec2" ? "Client.UnauthorizedOperation" : "AccessDenied",
        `not authorized to perform: ${source}:${name}`,
      ],
      readOnly: true,
      salt: String(round),
    })),
  ).flat();
  return {
    events,
    facts: {
      principalArn: who.arn,
      accessKeyId: who.accesskeyid,
      ip: "203.0.113.5",
      hour: startsAt.toISOString().slice(0, 13),
      denied: events.length,
      distinctActions: actions.length,
      services: new Set(actions.map(([source]) => source)).size,
      deniedLambdaCalls: rounds,
      firstAt: startsAt,
    },
  };
}

/** One person reads 18 secrets in nine minutes. Workloads read one or two of their own. */
export function secretsRead(now: Date) {
  const startsAt = before(now, { hours: 8 });
  const who = session(production, "sso-engineer", "engineer-5");
  const events = Array.from({ length: 18 }, (_, index): TrailEvent => ({
    at: after(startsAt, { seconds: index * 30 }),
    source: "secretsmanager",
    name: "GetSecretValue",
    who,
    ip: "203.0.113.88",
    request: { secretId: `prod/service-${index + 1}` },
    readOnly: true,
  }));
  return {
    events,
    facts: { principalArn: who.arn, ip: "203.0.113.88", distinctSecrets: 18, reads: 18, firstAt: startsAt },
  };
}

/** Big instances far from home, in both shapes of `instanceType`; a third try is refused. */
export function unexpectedRegion(now: Date) {
  const startsAt = before(now, { hours: 27 });
  const who = user(production, "support-backup");
  const instance = (index: number, instanceType: unknown, refused: boolean): TrailEvent => ({
    at: after(startsAt, { minutes: index }),
    region: "ap-southeast-2",
    source: "ec2",
    name: "RunInstances",
    who,
    ip: "203.0.113.77",
    agent: "aws-cli/2.31.0",
    request: {
      instancesSet: { items: [{ imageId: "ami-0example", minCount: 8, maxCount: 8 }] },
      instanceType,
    },
    ...(refused
      ? {
          error: [
            "Client.UnauthorizedOperation",
            "You are not authorized to perform this operation.",
          ] as const,
        }
      : { response: { instancesSet: { items: [{ instanceId: `i-0mine${index}` }] } } }),
    readOnly: false,
  });
  const events = [
    instance(0, "p4d.24xlarge", false),
    instance(1, { value: "p4d.24xlarge" }, false),
    instance(2, "p5.48xlarge", true),
  ];
  return {
    events,
    facts: {
      region: "ap-southeast-2",
      actorArn: who.arn,
      eventIds: events.map(eventId),
      instanceTypes: ["p4d.24xlarge", "p4d.24xlarge", "p5.48xlarge"],
      instanceIds: ["i-0mine0", "i-0mine1"],
      firstAt: startsAt,
    },
  };
}

/** Someone scans the orders table by hand; the worker's role and the shop read it by key, as they always do. */
export function scanOutsideRunbooks(now: Date) {
  const tableArn = `arn:aws:dynamodb:eu-west-1:${production}:table/orders`;
  const who = session(production, "sso-engineer", "engineer-5");
  const at = before(now, { hours: 7 });
  const scans = [0, 1].map((page): TrailEvent => ({
    at: after(at, { seconds: page * 2 }),
    source: "dynamodb",
    name: "Scan",
    who,
    ip: "203.0.113.88",
    request: {
      tableName: "orders",
      filterExpression: "contains(email, :v)",
      ...(page > 0 && { exclusiveStartKey: { order_id: "O-00004000" } }),
    },
    readOnly: true,
    resources: [{ arn: tableArn, type: "AWS::DynamoDB::Table" }],
    isData: true,
  }));
  return {
    events: scans,
    facts: {
      tableArn,
      workerRoleArn: roleArn(production, "jit-data-dynamodb-read"),
      roleArn: roleArn(production, "sso-engineer"),
      sessionArn: who.arn,
      scans: scans.length,
      filterExpression: "contains(email, :v)",
      firstAt: at,
    },
  };
}

/** A person runs queries in the workgroup that is nobody's; the bot's own are in the background. */
export function queriesOutsideBot(now: Date) {
  const startsAt = before(now, { hours: 6 });
  const who = session(production, "sso-engineer", "engineer-5");
  const queries = 4;
  return {
    events: Array.from({ length: queries }, (_, index): TrailEvent => ({
      at: after(startsAt, { minutes: index * 3 }),
      source: "athena",
      name: "StartQueryExecution",
      who,
      ip: "203.0.113.88",
      request: { workGroup: "primary", queryString: "***OMITTED***" },
      readOnly: false,
    })),
    facts: { principalArn: who.arn, workGroup: "primary", queries, firstAt: startsAt },
  };
}
