import { randomUUID } from "node:crypto";
import { evaluate } from "../../../iam/evaluate.ts";
import { deniedMessage } from "../authorize.ts";
import { callerFields, finished } from "../call-draft.ts";
import type { CallRecord } from "../call-log.ts";
import type { SandboxClock } from "../clock.ts";
import { globalContext } from "../global-context.ts";
import type { AccessCheck, ServiceCall } from "../service.ts";
import { QueryError } from "./query-error.ts";

type ForwardedCall = {
  service: "glue" | "s3";
  operation: string;
  /** Each is asked of IAM: Glue wants a table's ancestors too. */
  resources: readonly string[];
  context?: Record<string, string | string[]>;
  request: Record<string, string>;
};

/** Makes one call in the name of whoever started the query; throws when IAM says no. Every call is recorded. */
export type Forward = (call: ForwardedCall) => void;

/**
 * Forward access sessions: Athena calls Glue and S3 with the caller's identity and session policies, judged at
 * the moment of each call (IAM User Guide, "Forward access sessions"). `aws:CalledVia` names Athena; the
 * caller's address and agent are not on such calls.
 */
export function forwardedAccess(
  origin: ServiceCall,
  deps: { clock: SandboxClock; record: (call: Omit<CallRecord, "id">) => void },
): Forward {
  const { caller } = origin;
  return ({ service, operation, resources, context, request }) => {
    const now = deps.clock.now();
    const {
      "aws:SourceIp": _address,
      "aws:UserAgent": _agent,
      ...global
    } = globalContext({ ...origin, now });
    const asked = {
      ...global,
      "aws:CalledVia": [athena],
      "aws:CalledViaFirst": athena,
      "aws:CalledViaLast": athena,
      "aws:ViaAWSService": "true",
      ...context,
    };
    const checks: AccessCheck[] = [];
    let denied: string | undefined;
    for (const resource of resources) {
      const question = { action: `${service}:${iamName(operation)}`, resource, context: asked };
      const decision = evaluate(
        {
          identity: caller.identityPolicies(),
          ...(caller.session?.policies && { session: caller.session.policies }),
        },
        question,
      );
      checks.push({ ...question, decision });
      if (!decision.allowed) denied ??= deniedMessage(caller, question, decision);
    }
    const requestId = randomUUID();
    deps.record({
      ...finished({
        service,
        operation,
        region: origin.region,
        requestId,
        userAgent: athena,
        accessKeyId: caller.accessKeyId,
        tags: {},
        ...callerFields(caller),
        resources: [],
        request,
        access: "unchecked",
        checks,
        invokedBy: athena,
        status: denied === undefined ? 200 : service === "s3" ? 403 : 400,
        ...(denied !== undefined && {
          error: { code: service === "s3" ? "AccessDenied" : "AccessDeniedException", message: denied },
        }),
      }),
      at: now,
      latencyMs: 0,
    });
    if (denied !== undefined) throw refusals[service](denied, { ...request, requestId });
  };
}

const athena = "athena.amazonaws.com";

/** IAM calls the permission to list objects by another name than S3 calls the operation. */
function iamName(operation: string): string {
  return operation === "ListObjects" ? "ListBucket" : operation;
}

/**
 * A user's error in Athena's words: types 1500, permission error, and 1501, Amazon S3 permission error (Athena User
 * Guide, "Athena error catalog").
 */
const refusals = {
  glue: (denied: string, { requestId = "" }: Record<string, string>) =>
    new QueryError(
      `Insufficient permissions to execute the query. ${denied} (Service: AmazonDataCatalog; Status Code: 400; Error Code: AccessDeniedException; Request ID: ${requestId}; Proxy: null)`,
      { category: 2, type: 1500 },
    ),
  s3: (denied: string, { bucketName = "", key, prefix = "" }: Record<string, string>) =>
    new QueryError(
      `PERMISSION_DENIED: Permission denied on S3 path: s3://${bucketName}/${key ?? prefix}. ${denied}`,
      { category: 2, type: 1501 },
    ),
};
