import type { PolicyDocument } from "../../iam/policy-document.ts";
import { authorize } from "./authorize.ts";
import { AwsError } from "./aws-error.ts";
import { globalContext } from "./global-context.ts";
import type { Identities, Role } from "./identities.ts";
import { queryService } from "./query-protocol.ts";
import type { Service, ServiceCall } from "./service.ts";
import type { XmlContent } from "./xml.ts";

const namespace = "https://iam.amazonaws.com/doc/2010-05-08/";
/** IAM User Guide, "IAM and AWS STS quotas": inline policies of one role together, white space not counted. */
const maxInlineCharacters = 10_240;

/** AWS IAM, query protocol: the inline policies of a role, which hold from the next call on. */
export function iamService(identities: Identities): Service {
  return queryService({ name: "iam", namespace, version: "2010-05-08" }, (call) => perform(call, identities));
}

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
