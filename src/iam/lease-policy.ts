import { checkPolicyShape } from "./check-policy-shape.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";
import { PolicyRefused } from "./policy-refused.ts";

/** STS AssumeRole, `Policy`: plain characters, without session policies by ARN. */
const maxPolicyCharacters = 2048;

/**
 * STS AssumeRole, `Policy`: U+0020 to U+00FF, tab, line feed and carriage return. The last three can't stand
 * raw in compact JSON.
 */
const allowedCharacters = /^[\u0020-\u00FF]*$/u;

/**
 * The `Policy` of one AssumeRole call: compact JSON in which every statement ends at `expiresAt`; what Athena alone may ask
 * for in the session's name may end later, at `forwardedUntil`, because a query reads as whoever started it and may
 * outlive the lease that started it. Whole seconds, rounded down, so it never ends later. Throws `PolicyRefused` rather than send what STS would refuse or IAM could
 * read in another way than we do.
 */
export function leasePolicy(policy: PolicyDocument, expiresAt: Date, forwardedUntil = expiresAt): string {
  return JSON.stringify(withExpiry(policy, expiresAt, forwardedUntil));
}

/**
 * Whether a lease can be made of it at all, whatever its expiry; to be asked when a runbook is loaded and a
 * request submitted. Returns the characters that a lease takes; throws `PolicyRefused`.
 */
export function checkPolicyFits(policy: PolicyDocument): { characters: number } {
  return { characters: leasePolicy(policy, new Date(0)).length };
}

/** The document that `leasePolicy` writes. */
export function withExpiry(
  policy: PolicyDocument,
  expiresAt: Date,
  forwardedUntil = expiresAt,
): PolicyDocument {
  const expiry = expiryText(expiresAt);
  const forwardedExpiry = expiryText(forwardedUntil);
  if (policy.Statement.some((statement) => "DateLessThan" in (statement.Condition ?? {}))) {
    throw new PolicyRefused("shape", "The session policy already has an expiry.");
  }
  const document: PolicyDocument = {
    Version: policy.Version,
    Statement: policy.Statement.map((statement) => ({
      ...statement,
      Condition: {
        ...statement.Condition,
        DateLessThan: { "aws:CurrentTime": isForwarded(statement) ? forwardedExpiry : expiry },
      },
    })),
  };
  expectWritable(document);
  return document;
}

/** Good for nothing but through Athena. */
function isForwarded({ Condition }: Statement): boolean {
  return Condition?.["ForAnyValue:StringEquals"]?.["aws:CalledVia"] === "athena.amazonaws.com";
}

function expectWritable(document: PolicyDocument): void {
  const text = JSON.stringify(document);
  if (text.includes("${")) {
    throw new PolicyRefused("policy-variable", 'The session policy contains "${", which AWS would fill in.');
  }
  // Any other escape stands for a character that STS may or may not take: not documented, so not sent.
  const hasOtherEscapes = text.replaceAll(/\\["\\]/gu, "").includes("\\");
  if (hasOtherEscapes || !allowedCharacters.test(text)) {
    throw new PolicyRefused("charset", "The session policy has a character that AWS does not take.");
  }
  const [problem] = checkPolicyShape(document);
  if (problem !== undefined) throw new PolicyRefused("shape", problem);
  if (text.length > maxPolicyCharacters) {
    throw new PolicyRefused(
      "too-long",
      `The session policy has ${text.length} characters; AWS takes ${maxPolicyCharacters}. ${advice(document)}`,
    );
  }
}

function advice({ Statement }: PolicyDocument): string {
  return Statement.some(({ Action }) => Action === "s3:ListBucket")
    ? "Ask for fewer tables, days or accounts, or let the catalogue name folders further up."
    : "Ask for fewer keys or attributes.";
}

function expiryText(expiresAt: Date): string {
  const seconds = Math.floor(expiresAt.getTime() / 1000) * 1000;
  // Years with more than four digits have another form, in which a comparison could fail open.
  if (!(seconds >= 0 && seconds < Date.UTC(10_000, 0))) {
    throw new PolicyRefused("expiry", "The session policy has no usable expiry.");
  }
  return `${new Date(seconds).toISOString().slice(0, 19)}Z`;
}
