import { assumeRole } from "./assume-role.ts";
import { AwsError } from "./aws-error.ts";
import type { Credential, Identities } from "./identities.ts";
import type { Service, ServiceCall } from "./service.ts";
import { maxTokenBytes } from "./session-token.ts";
import { readQuery } from "./sts-request.ts";
import type { Refusal } from "./sigv4.ts";
import { toXml, type XmlContent } from "./xml.ts";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

/** AWS STS, query protocol: AssumeRole and GetCallerIdentity. */
export function stsService(identities: Identities): Service {
  return {
    name: "sts",
    read: ({ body }) => {
      const parameters = readQuery(body);
      const { Action, Version } = parameters;
      if (typeof Action !== "string")
        throw new AwsError("MissingAction", "The request is missing an action.");
      if (Version !== "2011-06-15") throw new AwsError("InvalidAction", `Unknown version ${String(Version)}`);
      return { operation: Action, parameters };
    },
    refusal: (refusal, message) => {
      const [code, status] = refusalCodes[refusal];
      return new AwsError(code, message, { status });
    },
    perform: async (call) => perform(call, identities),
    succeed: (operation, result, requestId) => ({
      status: 200,
      contentType: "text/xml",
      body: document(`${operation}Response`, {
        [`${operation}Result`]: result as XmlContent,
        ResponseMetadata: { RequestId: requestId },
      }),
    }),
    fail: (error, requestId) => ({
      status: error.status,
      contentType: "text/xml",
      body: document("ErrorResponse", {
        Error: {
          Type: error.status < 500 ? "Sender" : "Receiver",
          Code: error.code,
          Message: error.message,
        },
        RequestId: requestId,
      }),
    }),
  };
}

const refusalCodes: Record<Refusal, [code: string, status: number]> = {
  missing: ["MissingAuthenticationToken", 403],
  incomplete: ["IncompleteSignature", 403],
  "unknown-key": ["InvalidClientTokenId", 403],
  mismatch: ["SignatureDoesNotMatch", 403],
  expired: ["ExpiredToken", 403],
};

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

function document(root: string, content: { [element: string]: XmlContent | undefined }): string {
  return `<${root} xmlns="${namespace}">${toXml(content)}</${root}>`;
}
