/** No session was issued, so nothing was read: STS said no, or the policy could not be proven tight. */
export class SessionRefused extends Error {
  override readonly name = "SessionRefused";
  readonly code: string;

  /** `sentence`: what happened, why, what to do. */
  constructor(code: string, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
  }
}
