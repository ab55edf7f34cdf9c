import { problemsOfAthenaStatement } from "./athena-statement.ts";
import { problemsOfDynamoDbStatement } from "./dynamodb-statement.ts";
import { explainAthenaStatement } from "./explain-athena-statement.ts";
import { explainDynamoDbStatement } from "./explain-dynamodb-statement.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";

/**
 * Each statement as a sentence for the person who approves: "May Query index gsi-status of orders in
 * eu-west-1, partition PAID only, reading only attributes a, b, c, until 02:31:10Z." Nothing is left out or
 * shortened; a statement that isn't of our templates is shown as it is. Values are not escaped for Slack.
 */
export function explainPolicy(policy: PolicyDocument): string[] {
  return policy.Statement.map((statement) => {
    // Also before it is leased, when it has no expiry yet.
    const Condition = { DateLessThan: { "aws:CurrentTime": "2000-01-01T00:00:00Z" }, ...statement.Condition };
    const leased: Statement = { ...statement, Condition };
    if (problemsOfDynamoDbStatement(leased).length === 0) return explainDynamoDbStatement(statement);
    if (problemsOfAthenaStatement(leased).length === 0) return explainAthenaStatement(statement);
    return `Not made by a template: ${JSON.stringify(statement)}`;
  });
}
