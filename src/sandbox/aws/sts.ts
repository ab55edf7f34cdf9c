import { assumeRole } from "./assume-role.ts";
import { AwsError } from "./aws-error.ts";
import type { Credential, Identities } from "./identities.ts";
import { queryService } from "./query-protocol.ts";
import type { Service, ServiceCall } from "./service.ts";
import { maxTokenBytes } from "./session-token.ts";
import type { XmlContent } from "./xml.ts";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

/** AWS STS, query protocol: AssumeRole and GetCallerIdentity. */
export function stsService(identities: Identities): Service {
  return queryService({ name: "sts", namespace, version: "2011-06-15" }, (call) => perform(call, identities));
}

function perform(call: ServiceCall, identities: Identities): XmlContent {
  const { caller, operation } = call;
  if (operation === "AssumeRole") {
    const credential = assumeRole(call, identities);
    const { arn, tags, session } = credential.caller;
    if (session) {
      call.noteIssued({ accessKeyId: credential.accessKeyId, arn, tags, expiresAt: session.expiresAt });
    }
    return assumeRoleResult(credential);
  }
  // Nobody can be denied this one: "No permissions are required to perform this operation."
  if (operation === "GetCallerIdentity") {
    return { UserId: caller.userId, Account: caller.account, Arn: caller.arn };
  }
  throw new AwsError("InvalidAction", `Could not find operation ${operation} for version 2011-06-15`);
}

function assumeRoleResult(credential: Credential): XmlContent {
  const { accessKeyId, secretAccessKey, sessionToken = "", caller } = credential;
  const utilization = Math.ceil((sessionToken.length / maxTokenBytes) * 100);
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      ...(caller.session && { Expiration: caller.session.expiresAt }),
    },
    AssumedRoleUser: { AssumedRoleId: caller.userId, Arn: caller.arn },
    SourceIdentity: caller.session?.sourceIdentity,
    PackedPolicySize: utilization,
    SessionTokenUtilization: utilization,
    SessionTokenSize: sessionToken.length,
  };
}
