import type { Refusal } from "../sql/refusal.ts";

/** These inputs, over these files, give no plan: the guardrails don't admit the SQL. Its message says why. */
export class PlanRefused extends Error {
  override readonly name = "PlanRefused";
  /** Nobody could read the text now, so nothing is known of it: another attempt may admit it. */
  readonly isUnread: boolean;

  constructor(refusals: readonly Refusal[]) {
    super(`the query is not admitted: ${refusals.map(({ message }) => message).join("; ")}`);
    this.isUnread = refusals.some(({ code }) => code === "too-slow" || code === "busy");
  }
}
