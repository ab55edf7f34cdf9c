import { type Random, seededRandom } from "../random.ts";
import { read } from "./bucket-reads.ts";
import { assumeRole } from "./role-chain.ts";
import { consoleLogin } from "./sign-ins.ts";
import { homeRegion, production, staging, type TrailEvent } from "./trail-event.ts";
import { awsId, service, session, user } from "./trail-identities.ts";

type Habit = {
  weight: number;
  make: (at: Date, account: string, random: Random, index: number) => TrailEvent;
};

const dayMs = 24 * 60 * 60 * 1000;

/**
 * What two healthy accounts do all day, over the eight days before `now`: busier by day than by night. None of
 * it looks like an incident but for rare typing errors and denied calls, far below any threshold.
 */
export function background(now: Date, count: number): TrailEvent[] {
  const random = seededRandom(20_261_121);
  const deck = habits.flatMap((habit) => Array.from({ length: habit.weight }, () => habit));
  return Array.from({ length: count }, (_, index) => {
    const habit = random.pick(deck as [Habit, ...Habit[]]);
    const account = random.next() < 0.7 ? production : staging;
    return { account, ...habit.make(momentBefore(now, random), account, random, index), salt: String(index) };
  });
}

/** Two draws, the one nearer to midday wins: a working day's shape. The last quarter of an hour is not delivered yet. */
function momentBefore(now: Date, random: Random): Date {
  const draw = () => now.getTime() - 15 * 60_000 - Math.floor(random.next() * 7.9 * dayMs);
  const [one, other] = [draw(), draw()];
  const distance = (time: number) => Math.abs((time % dayMs) - dayMs / 2);
  const chosen = distance(one) < distance(other) ? one : other;
  return new Date(Math.floor(chosen / 1000) * 1000);
}

const habits: readonly Habit[] = [
  {
    weight: 22,
    make: (at, account, random) => ({
      at,
      source: "ec2",
      name: random.pick([
        "DescribeInstances",
        "DescribeVolumes",
        "DescribeSecurityGroups",
        "DescribeSubnets",
      ]),
      who: session(account, "monitoring", `agent-${random.between(1, 4)}`),
      ip: `198.51.100.${random.between(40, 43)}`,
      request: {},
      readOnly: true,
    }),
  },
  {
    weight: 18,
    make: (at, account, random, index) => ({
      ...read(
        at,
        random.pick(["web-assets", "build-artifacts", "invoice-archive"]),
        {
          who: session(account, "api-service", `i-0api${random.between(1, 6)}`),
          ip: `198.51.100.${random.between(30, 35)}`,
          name: "GetObject",
          bytesEach: random.between(500, 90_000),
          keys: 1,
        },
        index % 400,
      ),
    }),
  },
  {
    weight: 12,
    make: (at, account, random, index) => {
      const worker = random.pick(["monitoring", "api-service", "report-service", "order-worker"]);
      const who = service(random.pick(["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]));
      const issued = { account, role: worker, name: `task-${index}`, key: awsId("ASIA", `task ${index}`) };
      return assumeRole(at, who, String(who.invokedby), issued);
    },
  },
  {
    weight: 14,
    make: (at, account, random) => ({
      at,
      source: "dynamodb",
      name: random.pick(["GetItem", "GetItem", "Query", "PutItem", "UpdateItem"]),
      who: session(account, "order-worker", `i-0order${random.between(1, 3)}`),
      ip: `198.51.100.${random.between(50, 52)}`,
      request: { tableName: "carts", key: { cart_id: `C-${random.between(1, 900)}` } },
      readOnly: true,
      resources: [
        { arn: `arn:aws:dynamodb:${homeRegion}:${account}:table/carts`, type: "AWS::DynamoDB::Table" },
      ],
      isData: true,
    }),
  },
  {
    weight: 10,
    make: (at, account, random) => ({
      at,
      source: "kms",
      name: random.pick(["Decrypt", "GenerateDataKey"]),
      who: session(account, "api-service", `i-0api${random.between(1, 6)}`, {
        invokedBy: "s3.amazonaws.com",
      }),
      ip: "s3.amazonaws.com",
      request: { encryptionAlgorithm: "SYMMETRIC_DEFAULT" },
      readOnly: true,
    }),
  },
  {
    weight: 8,
    make: (at, account, random) => {
      const arn = `arn:aws:lambda:${homeRegion}:${account}:function:${random.pick(["invoice-render", "thumbnail", "webhook-in"])}`;
      return {
        at,
        source: "lambda",
        name: "Invoke",
        who: session(account, "api-service", `i-0api${random.between(1, 6)}`),
        ip: `198.51.100.${random.between(30, 35)}`,
        request: { functionName: arn, invocationType: "Event" },
        readOnly: false,
        resources: [{ arn, type: "AWS::Lambda::Function" }],
        isData: true,
      };
    },
  },
  {
    weight: 6,
    make: (at, account, random) => ({
      at,
      source: "ssm",
      name: "GetParameter",
      who: session(account, "report-service", "i-0report"),
      ip: "198.51.100.36",
      request: { name: `/report/${random.pick(["database", "mail"])}`, withDecryption: true },
      readOnly: true,
    }),
  },
  {
    weight: 4,
    make: (at, account, random) => ({
      at,
      source: "secretsmanager",
      name: "GetSecretValue",
      who: session(account, "order-worker", `i-0order${random.between(1, 3)}`),
      ip: "198.51.100.50",
      request: { secretId: "prod/payment-gateway" },
      readOnly: true,
    }),
  },
  {
    weight: 3,
    make: (at, account, random) => {
      const who =
        random.next() < 0.8
          ? session(account, "sso-engineer", `engineer-${random.between(1, 6)}`)
          : user(account, "report-viewer");
      const isUser = who.type === "IAMUser";
      return consoleLogin(at, who, `198.51.100.${random.between(60, 66)}`, { mfa: isUser, account });
    },
  },
  {
    weight: 1,
    // Each person mistypes once.
    make: (at, account, random, index) =>
      consoleLogin(at, user(account, `employee-${index}`), `198.51.100.${random.between(67, 69)}`, {
        mfa: false,
        failure: "Failed authentication",
        account,
      }),
  },
  {
    weight: 2,
    make: (at, account, random) => ({
      at,
      source: "s3",
      name: "GetBucketPolicy",
      who: session(account, "report-service", "i-0report"),
      ip: "198.51.100.36",
      request: { bucketName: random.pick(["web-assets", "build-artifacts"]) },
      error: ["AccessDenied", "Access Denied"],
      readOnly: true,
    }),
  },
  {
    weight: 2,
    make: (at, account, random) => ({
      at,
      source: "ec2",
      name: "RunInstances",
      who: service("autoscaling.amazonaws.com"),
      ip: "autoscaling.amazonaws.com",
      request: {
        instanceType: random.pick(["m7g.large", "m7g.xlarge"]),
        instancesSet: { items: [{ minCount: 1, maxCount: 1 }] },
      },
      response: { instancesSet: { items: [{ instanceId: `i-0${awsId("", String(at)).toLowerCase()}` }] } },
      readOnly: false,
    }),
  },
  {
    weight: 2,
    make: (at, account, random) => ({
      at,
      source: "athena",
      name: "StartQueryExecution",
      who: session(account, "jit-data-athena-read", `R-${random.between(100, 400)}.1`),
      ip: "198.51.100.70",
      request: { workGroup: "jit-cloudtrail", queryString: "***OMITTED***" },
      readOnly: false,
    }),
  },
  {
    weight: 6,
    make: (at, account, random) => ({
      at,
      source: random.pick(["monitoring", "logs", "sqs", "cloudformation"]),
      name: random.pick(["PutMetricData", "DescribeAlarms", "GetQueueAttributes", "DescribeStacks"]),
      who: session(account, "monitoring", `agent-${random.between(1, 4)}`),
      ip: `198.51.100.${random.between(40, 43)}`,
      request: {},
      readOnly: true,
    }),
  },
];
