import type { Decision } from "../../iam/policy-document.ts";
import type { AwsError } from "./aws-error.ts";
import type { Caller } from "./identities.ts";
import type { Refusal } from "./sigv4.ts";

type ServiceName = "sts" | "iam" | "dynamodb" | "athena" | "access-analyzer";

/** One answer on the wire, before the gateway adds its own headers. */
export type Answer = { status: number; contentType: string; body: string };

/** One question that was put to the evaluator while a call was handled, and what came out. */
export type AccessCheck = {
  action: string;
  resource: string;
  context: Record<string, string | string[]>;
  decision: Decision | { allowed: false; denial: "explicit" | "implicit"; layer: "trust" };
};

export type ServiceCall = {
  operation: string;
  /** The request in the service's own names; only a signed, well-formed request gets here. */
  parameters: Record<string, unknown>;
  region: string;
  caller: Caller;
  /** The peer's clock. */
  now: Date;
  requestId: string;
  /** `aws:SourceIp` and `aws:UserAgent` of this call. */
  sourceIp: string;
  userAgent: string;
  /** Keeps what was asked of IAM for the call's record. */
  note: (check: AccessCheck) => void;
  /** Keeps which session an AssumeRole made. */
  noteIssued: (issued: {
    accessKeyId: string;
    arn: string;
    tags: Record<string, string>;
    expiresAt: Date;
  }) => void;
};

/** One AWS service behind the gateway: how it reads requests, what it does, how it words answers and errors. */
export type Service = {
  name: ServiceName;
  /** Operation and parameters; throws `AwsError` for a body that can't be read. */
  read: (request: {
    /** Path and query. */
    target: string;
    headers: Readonly<Record<string, string | undefined>>;
    body: Buffer;
  }) => Pick<ServiceCall, "operation" | "parameters">;
  /** What this service calls a signature that it doesn't take. */
  refusal: (refusal: Refusal, message: string) => AwsError;
  perform: (call: ServiceCall) => Promise<unknown>;
  succeed: (operation: string, result: unknown, requestId: string) => Answer;
  fail: (error: AwsError, requestId: string) => Answer;
};
