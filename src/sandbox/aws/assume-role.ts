import { evaluateTrust } from "../../iam/evaluate-trust.ts";
import type { AuthorizationRequest } from "../../iam/policy-document.ts";
import { authorize, deniedMessage } from "./authorize.ts";
import { AwsError } from "./aws-error.ts";
import { globalContext } from "./global-context.ts";
import type { Caller, Credential, Identities, Role } from "./identities.ts";
import type { ServiceCall } from "./service.ts";
import { readSessionPolicy } from "./session-policy.ts";
import { issueToken } from "./session-token.ts";
import { readAssumeRole, type AssumeRoleRequest } from "./sts-request.ts";

/** Roles assumed by a role session last at most an hour, whatever the role allows ("role chaining"). */
const maxChainedSeconds = 3600;

/** Mints a session after both sides said yes: the caller's own policies and the role's trust policy. */
export function assumeRole(call: ServiceCall, identities: Identities): Credential {
  const request = readAssumeRole(call.parameters);
  const policy = request.Policy === undefined ? undefined : readSessionPolicy(request.Policy);
  const sourceIdentity = keptSourceIdentity(call.caller, request);
  const role = identities.role(request.RoleArn);

  for (const { action, context } of neededActions(call, request, sourceIdentity)) {
    const wanted = { action, resource: request.RoleArn, context };
    authorize(call, wanted, "AccessDenied", 403);
    if (!role) throw denied(call.caller, wanted);
    checkTrust(call, role, wanted);
  }
  if (!role) throw denied(call.caller, { action: "sts:AssumeRole", resource: request.RoleArn });
  checkDuration(call.caller, role, request.DurationSeconds);

  const tags = sessionTags(call.caller, role, request);
  const inherited = call.caller.session?.transitiveTagKeys ?? [];
  return identities.addSession(
    {
      name: request.RoleSessionName,
      roleName: role.name,
      ...(policy && { policies: [policy] }),
      ...(sourceIdentity !== undefined && { sourceIdentity }),
      transitiveTagKeys: [...inherited, ...request.TransitiveTagKeys],
      issuedAt: call.now,
      // STS answers with whole seconds.
      expiresAt: new Date(Math.floor(call.now.getTime() / 1000) * 1000 + request.DurationSeconds * 1000),
    },
    role,
    tags,
    issueToken({ policy: request.Policy ?? "", tags }, request.MinimumSessionTokenSize),
  );
}

/** Set once, it stays: a chained session can repeat it but not change it. */
function keptSourceIdentity(caller: Caller, request: AssumeRoleRequest): string | undefined {
  const kept = caller.session?.sourceIdentity;
  if (kept !== undefined && request.SourceIdentity !== undefined && request.SourceIdentity !== kept) {
    throw denied(caller, { action: "sts:SetSourceIdentity", resource: request.RoleArn });
  }
  return kept ?? request.SourceIdentity;
}

/** Each action sees only its own condition keys (Service Authorization Reference, AWS STS). */
function neededActions(call: ServiceCall, request: AssumeRoleRequest, sourceIdentity: string | undefined) {
  const base = globalContext(call);
  const source = sourceIdentity === undefined ? {} : { "sts:SourceIdentity": sourceIdentity };
  const tagging: AuthorizationRequest["context"] = Object.fromEntries(
    request.Tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]),
  );
  if (request.Tags.length > 0) tagging["aws:TagKeys"] = request.Tags.map((tag) => tag.Key);
  if (request.TransitiveTagKeys.length > 0) {
    tagging["sts:TransitiveTagKeys"] = [...request.TransitiveTagKeys];
  }
  const actions: Omit<AuthorizationRequest, "resource">[] = [
    {
      action: "sts:AssumeRole",
      context: {
        ...base,
        ...tagging,
        ...source,
        "sts:RoleSessionName": request.RoleSessionName,
        ...(request.ExternalId !== undefined && { "sts:ExternalId": request.ExternalId }),
      },
    },
  ];
  const inheritsTags = (call.caller.session?.transitiveTagKeys.length ?? 0) > 0;
  if (request.Tags.length > 0 || inheritsTags) {
    actions.push({ action: "sts:TagSession", context: { ...base, ...tagging } });
  }
  if (sourceIdentity !== undefined) {
    actions.push({ action: "sts:SetSourceIdentity", context: { ...base, ...source } });
  }
  return actions;
}

function checkTrust(call: ServiceCall, role: Role, wanted: AuthorizationRequest) {
  const { caller } = call;
  const { action, context } = wanted;
  const trust = evaluateTrust(role.trust, {
    action,
    callers: [...new Set([caller.arn, caller.principalArn])],
    context,
  });
  if (trust.allowed) return;
  call.note({
    ...wanted,
    decision: { allowed: false, denial: trust.denial ?? "implicit", layer: "trust" },
  });
  throw denied(caller, wanted);
}

function checkDuration(caller: Caller, role: Role, seconds: number) {
  if (caller.session && seconds > maxChainedSeconds) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  if (seconds > role.maxSessionDurationSeconds) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
}

/** Session tags win over the role's own of the same key; keys ignore case but keep it. */
function sessionTags(caller: Caller, role: Role, request: AssumeRoleRequest): Record<string, string> {
  const tags = new Map<string, [string, string]>();
  const put = (key: string, value: string) => tags.set(key.toLowerCase(), [key, value]);
  for (const [key, value] of Object.entries(role.tags)) put(key, value);
  for (const { Key, Value } of request.Tags) put(Key, Value);
  for (const key of caller.session?.transitiveTagKeys ?? []) {
    const inherited = Object.entries(caller.tags).find(([name]) => name.toLowerCase() === key.toLowerCase());
    if (!inherited) continue;
    if (request.Tags.some((tag) => tag.Key.toLowerCase() === key.toLowerCase())) {
      throw new AwsError(
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      );
    }
    put(...inherited);
  }
  return Object.fromEntries(tags.values());
}

/** A role that doesn't exist and a role that doesn't trust answer alike. */
function denied(caller: Caller, wanted: Pick<AuthorizationRequest, "action" | "resource">): AwsError {
  return new AwsError("AccessDenied", deniedMessage(caller, wanted), { status: 403 });
}
