import { createServer } from "node:http";
import { atTheDoor, type Speaker } from "./door.ts";
import type { MessageKind } from "./fault.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { type Incoming, listen, passOn, readAll } from "./http-door.ts";

/** One replica's way to AWS. Calls with the bot's own keys go to its table; those with a session's are data calls. */
export async function awsDoor(options: {
  target: string;
  ownKey: string;
  plan: FaultPlan;
  speaker: Speaker;
  isDown: () => boolean;
  /** Told of each request that the replica is about to put into its table, by id. */
  onCreate: (requestId: string) => void;
}): Promise<AsyncDisposable & { url: string; cut(): void }> {
  const { target, ownKey, plan, speaker, isDown, onCreate } = options;
  const server = createServer((request, response) => {
    const handle = async () => {
      const incoming = await readAll(request);
      const kind = kindOf(incoming, ownKey);
      if (isDown()) return response.destroy();
      if (kind === "store:PutItem") for (const id of createdBy(incoming)) onCreate(id);
      const { passage, afterwards } = await atTheDoor(plan, kind, speaker);
      if (passage.instead) {
        const { status, contentType, body } = errorAnswer(kind, passage.instead);
        return response.writeHead(status, { "content-type": contentType }).end(body);
      }
      const answer = passage.to ? await passOn(target, incoming) : undefined;
      afterwards();
      if (!answer || !passage.back || speaker.isDead()) return response.destroy();
      return response.writeHead(answer.status, answer.headers).end(answer.body);
    };
    handle().catch(() => response.destroy());
  });
  server.keepAliveTimeout = 120_000;
  return listen(server);
}

function kindOf({ headers, body }: Incoming, ownKey: string): MessageKind {
  const operation = /^DynamoDB_\d+\.(\w+)$/.exec(headerOf(headers, "x-amz-target"))?.[1];
  if (operation !== undefined)
    return headerOf(headers, "authorization").includes(`Credential=${ownKey}/`)
      ? `store:${operation}`
      : `data:${operation}`;
  const athena = /^AmazonAthena\.(\w+)$/.exec(headerOf(headers, "x-amz-target"))?.[1];
  if (athena !== undefined) return `data:${athena}`;
  const action = new URLSearchParams(body.toString("utf8")).get("Action") ?? "unknown";
  return action.endsWith("RolePolicy") ? `iam:${action}` : `sts:${action}`;
}

function createdBy({ body }: Incoming): string[] {
  const { Item } = JSON.parse(body.toString("utf8")) as { Item?: { pk?: { S?: string } } };
  const [, id] = /^REQ#(.+)$/.exec(Item?.pk?.S ?? "") ?? [];
  return id === undefined ? [] : [id];
}

function headerOf(headers: Incoming["headers"], name: string): string {
  const value = headers[name];
  return Array.isArray(value) ? value.join() : (value ?? "");
}

function errorAnswer(kind: MessageKind, what: "error" | "throttle") {
  if (kind.startsWith("sts:") || kind.startsWith("iam:")) {
    const code = what === "error" ? "InternalFailure" : "Throttling";
    return {
      status: what === "error" ? 500 : 400,
      contentType: "text/xml",
      body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>as told</Message></Error><RequestId>0</RequestId></ErrorResponse>`,
    };
  }
  if (kind.endsWith("Execution") || kind.endsWith("QueryResults"))
    return {
      status: what === "error" ? 500 : 400,
      contentType: "application/x-amz-json-1.1",
      body: JSON.stringify({
        __type: what === "error" ? "InternalServerException" : "TooManyRequestsException",
        Message: "as told",
      }),
    };
  const name = what === "error" ? "InternalServerError" : "ThrottlingException";
  return {
    status: what === "error" ? 500 : 400,
    contentType: "application/x-amz-json-1.0",
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: "as told" }),
  };
}
