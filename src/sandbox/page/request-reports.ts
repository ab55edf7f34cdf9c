import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { explainPolicy } from "../../iam/explain-policy.ts";
import type { PolicyDocument } from "../../iam/policy-document.ts";
import { findBreak } from "../../request/audit-event.ts";
import type { Request } from "../../request/request.ts";
import { planSentences } from "../../runbook/plan-sentences.ts";
import type { AwsPeer } from "../aws/start-aws.ts";
import type { JsonObject } from "../slack/json.ts";
import { callsOfRequest } from "./call-report.ts";
import type { RequestLine, RequestReport } from "./page-api.ts";

/** The name that the bot gives its table unless told otherwise, which the sandbox never does. */
const table = "jit-requests";
const answerWithinMs = 2_000;

export type RequestReports = Disposable & {
  /** Newest first. */
  list: () => Promise<RequestLine[]>;
  /** Every stored request, as the bot wrote it. */
  all: () => Promise<readonly Request[]>;
  /** Undefined when there is no such request. */
  report: (id: string) => Promise<RequestReport | undefined>;
  /** Reads again at the next question, whatever was read before. */
  forget: () => void;
};

/**
 * Reads the bot's own table, as an operator would. Only when somebody wrote to it since the last look, so that
 * looking does not fill the log of calls. While AWS is down, what was read last is told.
 */
export function requestReports(aws: AwsPeer): RequestReports {
  const client = new DynamoDBClient({
    endpoint: aws.url,
    region: aws.region,
    credentials: aws.operator,
    maxAttempts: 1,
  });
  let known: Request[] = [];
  let readAtCall = -1;

  async function requests(): Promise<Request[]> {
    const lastWrite = aws.calls.query({ service: "dynamodb" }).findLast(isWrite)?.id ?? 0;
    if (lastWrite === readAtCall) return known;
    try {
      known = await scan(client);
      readAtCall = lastWrite;
    } catch (error) {
      // AWS is down or slow by a switch of this page. Whoever looks is told what stood there before.
      if (!(error instanceof Error)) throw error;
    }
    return known;
  }

  return {
    all: requests,
    async list() {
      const newest = (await requests()).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
      return newest.map(({ id, state, plan, requester, createdAt }) => ({
        id,
        state,
        title: plan.runbook.title,
        runbook: plan.runbook.name,
        requester: requester.userId,
        createdAt,
      }));
    },
    async report(id) {
      const request = (await requests()).find((one) => one.id === id);
      if (!request) return undefined;
      const { touches, limits, call } = planSentences(request.plan, { maskSensitive: false });
      const policy = JSON.parse(request.plan.sessionPolicy) as PolicyDocument;
      const sentences = explainPolicy(policy);
      return {
        request,
        plan: { touches, limits, ...call },
        policy: policy.Statement.map((statement, line) => ({
          statement: statement as unknown as JsonObject,
          sentence: sentences[line] ?? "",
        })),
        policyCharacters: request.plan.sessionPolicy.length,
        broken: findBreak(request.id, request.events),
        events: request.events,
        calls: callsOfRequest(aws.calls.query(), id),
      };
    },
    forget: () => {
      readAtCall = -1;
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

function isWrite({ operation }: { operation: string }): boolean {
  return ["PutItem", "UpdateItem", "DeleteItem"].includes(operation);
}

async function scan(client: DynamoDBClient): Promise<Request[]> {
  const found: Request[] = [];
  let from: Record<string, { S: string }> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ExclusiveStartKey: from, ConsistentRead: true }),
      { abortSignal: AbortSignal.timeout(answerWithinMs) },
    );
    for (const item of page.Items ?? []) {
      if (item["pk"]?.S?.startsWith("REQ#") && item["doc"]?.S) {
        found.push(JSON.parse(item["doc"].S) as Request);
      }
    }
    from = page.LastEvaluatedKey as typeof from;
  } while (from);
  return found;
}
