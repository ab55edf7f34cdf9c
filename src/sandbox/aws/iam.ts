import type { PolicyDocument } from "../../iam/policy-document.ts";
import { authorize } from "./authorize.ts";
import { AwsError } from "./aws-error.ts";
import { globalContext } from "./global-context.ts";
import type { Identities, Role } from "./identities.ts";
import type { Service, ServiceCall } from "./service.ts";
import type { Refusal } from "./sigv4.ts";
import { readQuery } from "./sts-request.ts";
import { toXml, type XmlContent } from "./xml.ts";

const namespace = "https://iam.amazonaws.com/doc/2010-05-08/";
/** IAM User Guide, "IAM and AWS STS quotas": inline policies of one role together, white space not counted. */
const maxInlineCharacters = 10_240;

/** AWS IAM, query protocol: the inline policies of a role, which hold from the next call on. */
export function iamService(identities: Identities): Service {
  return {
    name: "iam",
    read: ({ body }) => {
      const parameters = readQuery(body);
      const { Action, Version } = parameters;
      if (typeof Action !== "string")
        throw new AwsError("MissingAction", "The request is missing an action.");
      if (Version !== "2010-05-08") throw new AwsError("InvalidAction", `Unknown version ${String(Version)}`);
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
        ...(result === undefined ? {} : { [`${operation}Result`]: result as XmlContent }),
        ResponseMetadata: { RequestId: requestId },
      }),
    }),
    fail: ({ status, code, message }, requestId) => ({
      status,
      contentType: "text/xml",
      body: document("ErrorResponse", {
        Error: { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message },
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

function perform(call: ServiceCall, identities: Identities): XmlContent | undefined {
  const { operation, parameters } = call;
  if (!["PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy"].includes(operation))
    throw new AwsError("InvalidAction", `Could not find operation ${operation} for version 2010-05-08`);
  const { RoleName, PolicyName, PolicyDocument: text } = parameters as Record<string, string | undefined>;
  if (!RoleName || !PolicyName || !/^[\w+=,.@-]{1,128}$/.test(PolicyName))
    throw new AwsError("ValidationError", "RoleName and PolicyName must be given in IAM's form.");
  const arn = `arn:aws:iam::${identities.account}:role/${RoleName}`;
  authorize(
    call,
    { action: `iam:${operation}`, resource: arn, context: globalContext(call) },
    "AccessDenied",
    403,
  );
  const role = identities.role(arn);
  if (!role) throw noSuch(`The role with name ${RoleName} cannot be found.`);
  if (operation === "PutRolePolicy") return put(role, PolicyName, text ?? "");
  const written = role.inline.get(PolicyName);
  if (written === undefined) throw noSuch(`The role policy with name ${PolicyName} cannot be found.`);
  if (operation === "DeleteRolePolicy") return void role.inline.delete(PolicyName);
  // API Reference, GetRolePolicy: URL-encoded (RFC 3986).
  return { RoleName, PolicyName, PolicyDocument: encodeURIComponent(written) };
}

function put(role: Role, name: string, text: string): undefined {
  if (!isPolicy(text)) throw new AwsError("MalformedPolicyDocument", "Syntax errors in policy.");
  const others = [...role.inline].flatMap(([other, written]) => (other === name ? [] : [written]));
  const own = role.policies.map((policy) => JSON.stringify(policy));
  const size = [...own, ...others, text].reduce((sum, one) => sum + one.replaceAll(/\s/g, "").length, 0);
  if (size > maxInlineCharacters)
    throw new AwsError(
      "LimitExceeded",
      `Maximum policy size of ${maxInlineCharacters} bytes exceeded for role ${role.name}`,
      { status: 409 },
    );
  role.inline.set(name, text);
}

function isPolicy(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as Partial<PolicyDocument>).Statement);
  } catch {
    return false;
  }
}

function noSuch(message: string): AwsError {
  return new AwsError("NoSuchEntity", message, { status: 404 });
}

function document(root: string, content: { [element: string]: XmlContent | undefined }): string {
  return `<${root} xmlns="${namespace}">${toXml(content)}</${root}>`;
}
