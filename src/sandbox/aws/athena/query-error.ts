/** Why a query FAILED, as `AthenaError` has it. */
export type AthenaErrorCategory = 1 | 2 | 3;

/** A query that ends as FAILED. `StateChangeReason` and `AthenaError.ErrorMessage` are the message. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  /** 1 system, 2 user, 3 other (Athena API Reference, "AthenaError"). */
  readonly category: AthenaErrorCategory;
  /** Athena User Guide, "Athena error catalog". */
  readonly type: number;
  readonly retryable: boolean;

  constructor(
    message: string,
    {
      category = 2,
      type = 1006,
      retryable = false,
    }: Partial<Pick<QueryError, "category" | "type" | "retryable">> = {},
  ) {
    super(message);
    this.category = category;
    this.type = type;
    this.retryable = retryable;
  }
}
