import { findOperator } from "../../../iam/operators.ts";

export type PolicyFinding = {
  findingType: "ERROR" | "SECURITY_WARNING";
  issueCode: string;
  findingDetails: string;
  learnMoreLink: string;
  locations: [];
};

/** What our own reading of IAM's grammar finds wrong. Its codes begin with `LOCAL_`: AWS has others, and many more. */
export function policyFindings(text: string, type: string): PolicyFinding[] {
  const document = parsed(text);
  if (!document) return [error("LOCAL_NOT_JSON", "The policy is no JSON object.")];
  const statements = Array.isArray(document["Statement"]) ? document["Statement"] : [document["Statement"]];
  return [
    ...(document["Version"] === "2012-10-17"
      ? []
      : [error("LOCAL_VERSION", "The policy's version is not 2012-10-17.")]),
    ...statements.flatMap((statement: unknown, index) =>
      isObject(statement)
        ? statementFindings(statement, type).map((one) => ({
            ...one,
            findingDetails: `Statement ${index + 1}: ${one.findingDetails}`,
          }))
        : [error("LOCAL_STATEMENT", "The policy has no statement.")],
    ),
  ];
}

const elements = new Set([
  "Sid",
  "Effect",
  "Principal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

function statementFindings(statement: Record<string, unknown>, type: string): PolicyFinding[] {
  const has = (name: string) => statement[name] !== undefined;
  const strange = Object.keys(statement).filter((name) => !elements.has(name));
  const actions = [statement["Action"] ?? []].flat().filter((one) => !isAction(one));
  const operators = Object.keys(isObject(statement["Condition"]) ? statement["Condition"] : {}).filter(
    (name) => !isOperator(name),
  );
  const isOfIdentity = type === "IDENTITY_POLICY";
  return [
    ...strange.map((name) => error("LOCAL_ELEMENT", `there is no element ${name}.`)),
    ...(statement["Effect"] === "Allow" || statement["Effect"] === "Deny"
      ? []
      : [error("LOCAL_EFFECT", "its effect is neither Allow nor Deny.")]),
    ...(has("Action") || has("NotAction") ? [] : [error("LOCAL_ACTION", "it has no action.")]),
    ...actions.map((one) => error("LOCAL_ACTION", `${JSON.stringify(one)} is no action.`)),
    ...(isOfIdentity && !has("Resource") && !has("NotResource")
      ? [error("LOCAL_RESOURCE", "it has no resource.")]
      : []),
    ...(isOfIdentity === has("Principal")
      ? [error("LOCAL_PRINCIPAL", isOfIdentity ? "it names a principal." : "it names no principal.")]
      : []),
    ...operators.map((name) => error("LOCAL_OPERATOR", `there is no condition operator ${name}.`)),
    ...(statement["Effect"] === "Allow" && statement["Action"] === "*" && statement["Resource"] === "*"
      ? [finding("SECURITY_WARNING", "LOCAL_EVERYTHING", "it allows everything on everything.")]
      : []),
  ];
}

function isAction(value: unknown): boolean {
  return typeof value === "string" && (value === "*" || /^[a-z0-9-]+:[\w*?]+$/iu.test(value));
}

function isOperator(name: string): boolean {
  const base = name.replace(/^ForA(llValues|nyValue):/u, "").replace(/IfExists$/u, "");
  return base === "Null" || findOperator(base) !== undefined;
}

function error(code: string, details: string): PolicyFinding {
  return finding("ERROR", code, details);
}

function finding(
  findingType: PolicyFinding["findingType"],
  issueCode: string,
  findingDetails: string,
): PolicyFinding {
  return { findingType, issueCode, findingDetails, learnMoreLink: "docs/sandbox-aws.md", locations: [] };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(text);
    return isObject(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
