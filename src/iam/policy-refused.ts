export type PolicyRefusal =
  /** Longer than STS takes. */
  | "too-long"
  /** A character that STS does not take, or one that JSON can only write as an escape. */
  | "charset"
  /** `${`, which IAM would fill in. */
  | "policy-variable"
  /** The name of a resource, account, region or partition that can't stand in an ARN as it is; wildcards among them. */
  | "resource"
  | "unknown-table"
  /** An Athena query and what the plan says it touches don't belong together. */
  | "scope"
  | "no-calls"
  /** A document that is not made by our templates. */
  | "shape"
  | "expiry";

/** No session policy can be written that allows exactly this, so nothing runs. */
export class PolicyRefused extends Error {
  override readonly name = "PolicyRefused";
  readonly code: PolicyRefusal;

  /** `message`: one sentence for the person who wrote the runbook or gave the input. */
  constructor(code: PolicyRefusal, message: string) {
    super(message);
    this.code = code;
  }
}
