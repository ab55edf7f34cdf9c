import type { CallRecord } from "./call-log.ts";
import type { Caller } from "./identities.ts";
import type { CredentialScope, SignedRequest } from "./sigv4.ts";

/** A call's record while the call goes on. */
export type CallDraft = Omit<CallRecord, "id" | "at" | "latencyMs">;

/** What can be said before anything is read or verified. */
export function draftOf(
  request: SignedRequest,
  scope: CredentialScope | undefined,
  requestId: string,
): CallDraft {
  return {
    service: scope?.service ?? "unknown",
    operation: "unknown",
    requestId,
    userAgent: request.headers["user-agent"] ?? "",
    tags: {},
    resources: [],
    request: undefined,
    access: "unchecked",
    checks: [],
    ...(scope && { region: scope.region, accessKeyId: scope.accessKeyId }),
  };
}

export function callerFields({ arn, session, tags }: Caller): Partial<CallDraft> {
  return {
    principalArn: arn,
    tags,
    ...(session && { sessionName: session.name }),
    ...(session?.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
  };
}

/** Whether IAM decided, and how, follows from what it was asked. */
export function finished(record: CallDraft): CallDraft {
  const { checks } = record;
  const denied =
    checks.some((check) => !check.decision.allowed) || record.error?.code.startsWith("AccessDenied");
  return {
    ...record,
    resources: [...new Set(checks.map((check) => check.resource))],
    access: denied ? "denied" : checks.length > 0 ? "allowed" : record.access,
  };
}
