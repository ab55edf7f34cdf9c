/** These inputs, over these files, give no plan: the guardrails don't admit the SQL. Its message says why. */
export class PlanRefused extends Error {
  override readonly name = "PlanRefused";
}
