import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { AwsError } from "./aws-error.ts";
import { callerFields, draftOf, finished, type CallDraft } from "./call-draft.ts";
import type { createCallLog } from "./call-log.ts";
import type { SandboxClock } from "./clock.ts";
import { faultError } from "./fault-error.ts";
import { createFaults, type Faults } from "./faults.ts";
import type { Identities } from "./identities.ts";
import { listenOnLoopback } from "./listen.ts";
import { readBody } from "./read-body.ts";
import type { Answer, Service } from "./service.ts";
import { readScope, verifySignature, type SignedRequest } from "./sigv4.ts";

export type Gateway = AsyncDisposable & { url: string; faults: Faults };

/** DynamoDB takes at most 16 MB per request. */
const maxBodyBytes = 16 * 1024 * 1024;

/**
 * One HTTP endpoint for all services, as `AWS_ENDPOINT_URL` has it. Each call goes the same way: which
 * service, faults, signature, the service itself (which asks IAM), record, answer.
 */
export async function startGateway(deps: {
  services: readonly Service[];
  identities: Identities;
  clock: SandboxClock;
  machineNow: () => Date;
  calls: Pick<ReturnType<typeof createCallLog>, "append">;
}): Promise<Gateway> {
  const { calls } = deps;
  const stopping = new AbortController();
  const server = createServer((req, res) => {
    handle(req, res).catch(() => res.destroy());
  });
  const faults = createFaults(() => server.closeAllConnections());
  server.on("connection", (socket) => {
    if (faults.isDown()) socket.destroy();
  });
  // Longer than any client keeps an idle connection, so that it never sends into one that is being closed.
  server.keepAliveTimeout = 120_000;
  const listening = await listenOnLoopback(server);

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const started = performance.now();
    const at = deps.clock.now();
    const request: SignedRequest = {
      method: req.method ?? "",
      target: req.url ?? "/",
      headers: req.headers as SignedRequest["headers"],
      body: await readBody(req, maxBodyBytes),
    };
    const requestId = randomUUID();
    const call = await serve(request, req.socket.remoteAddress ?? "", requestId);
    calls.append({ ...call.record, at, latencyMs: performance.now() - started });
    if (call.end === "reset") res.destroy();
    if (call.end !== "answer") return;
    res.writeHead(call.answer.status, {
      "content-type": call.answer.contentType,
      "x-amzn-requestid": requestId,
      date: deps.clock.now().toUTCString(),
    });
    res.end(call.answer.body);
  }

  async function serve(request: SignedRequest, sourceIp: string, requestId: string): Promise<Served> {
    const scope = readScope(request);
    const record = draftOf(request, scope, requestId);
    const service = serviceOf(request, record.service);
    if (!service) return { record: { ...record, status: 400 }, end: "answer", answer: noSuchService };
    record.service = service.name;
    try {
      const read = service.read(request);
      record.operation = read.operation;
      record.request = read.parameters;
      const { latencyMs, effect } = faults.take(service.name, read.operation, read.parameters["TableName"]);
      if (latencyMs > 0) await delay(latencyMs, undefined, { signal: stopping.signal });
      if (effect) record.fault = effect.kind;

      const verification = verifySignature(request, service.name, deps.identities.credential, {
        now: deps.clock.now(),
        machine: deps.machineNow(),
      });
      if (verification.status === "refused") {
        record.access = "unauthenticated";
        throw service.refusal(verification.refusal, verification.message);
      }
      const { caller } = verification;
      Object.assign(record, callerFields(caller));
      if (effect && "when" in effect && effect.when === "before") return { record, end: effect.kind };
      const fault = faultError(service.name, effect);
      if (fault) throw fault;

      const result = await service.perform({
        ...read,
        region: scope?.region ?? "",
        caller,
        now: deps.clock.now(),
        requestId,
        sourceIp,
        userAgent: record.userAgent,
        note: (check) => record.checks.push(check),
        noteIssued: (issued) => {
          record.issued = issued;
        },
      });
      record.access = "allowed";
      if (effect && "when" in effect) return { record: finished(record), end: effect.kind };
      const answer = service.succeed(read.operation, result, requestId);
      return { record: finished({ ...record, status: answer.status }), end: "answer", answer };
    } catch (thrown) {
      const error =
        thrown instanceof AwsError
          ? thrown
          : new AwsError("InternalFailure", String(thrown), { status: 500 });
      const answer = service.fail(error, requestId);
      const { code, message } = error;
      return {
        record: finished({ ...record, status: answer.status, error: { code, message } }),
        end: "answer",
        answer,
      };
    }
  }

  function serviceOf(request: SignedRequest, scoped: string): Service | undefined {
    const targeted = request.headers["x-amz-target"]?.startsWith("DynamoDB_") ? "dynamodb" : scoped;
    return deps.services.find((service) => service.name === targeted);
  }

  return {
    url: listening.url,
    faults,
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return listening[Symbol.asyncDispose]();
    },
  };
}

type Served = { record: CallDraft } & (
  | { end: "answer"; answer: Answer }
  | { end: "reset" }
  | { end: "hang" }
);

const noSuchService: Answer = {
  status: 400,
  contentType: "application/x-amz-json-1.0",
  body: JSON.stringify({
    __type: "UnknownOperationException",
    message: "The sandbox has STS, IAM, Access Analyzer, DynamoDB and Athena.",
  }),
};
