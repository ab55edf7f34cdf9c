/** Actions that change nothing; whatever is not on the list counts as a write. */
const reading = new Set<string>([
  "dynamodb:GetItem",
  "dynamodb:BatchGetItem",
  "dynamodb:Query",
  "dynamodb:Scan",
  "athena:StartQueryExecution",
]);

/** What the actions of a runbook or a plan do, as policies and rules ask it. */
export function operationOf(steps: readonly { action: string }[]): "read" | "write" {
  return steps.every(({ action }) => reading.has(action)) ? "read" : "write";
}
