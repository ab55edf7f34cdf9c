/** What is wrong with a request; stable, so that callers never decide on the sentence. */
export type RequestErrorCode =
  | "malformed"
  | "syntax"
  | "unknown-index"
  | "missing-projection"
  | "whole-item"
  | "no-partition-equality"
  | "partition-not-a-value"
  | "key-condition"
  | "key-in-filter"
  | "key-mismatch"
  | "key-type"
  | "empty-key"
  | "undefined-placeholder"
  | "unused-placeholder"
  | "reserved-word"
  | "overlapping-paths"
  | "consistent-read-on-gsi"
  | "no-keys"
  | "too-many-keys"
  | "duplicate-keys"
  | "several-tables"
  | "update-expression"
  | "missing-condition"
  | "return-values";

/** DynamoDB would refuse the request, or it reads more than a run may, or we can't tell what it reads. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: RequestErrorCode;

  /** `message`: one sentence that names the place and says what to write instead. */
  constructor(code: RequestErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
