/** An error as AWS answers it; the service puts it on the wire in its own form (JSON for DynamoDB, XML for STS). */
export class AwsError extends Error {
  override readonly name = "AwsError";
  /** The code that an SDK shows as the error's name. */
  readonly code: string;
  readonly status: number;
  /** The whole JSON body, where the engine behind the gateway has already worded it. */
  readonly body: unknown;

  constructor(code: string, message: string, options: { status?: number; body?: unknown } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? 400;
    this.body = options.body;
  }
}
