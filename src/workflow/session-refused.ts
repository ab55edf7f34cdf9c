/** There is no session that may be used, so nothing was read: STS said no, the policy could not be proven tight, or it, or the query that it started, could not be recorded. */
export class SessionRefused extends Error {
  override readonly name = "SessionRefused";
  readonly code: string;

  /** `sentence`: what happened, why, what to do. */
  constructor(code: string, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
  }
}
