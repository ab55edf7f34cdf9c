/** The type of a fact, in CEL's words; integers are 64 bits. */
type FactType = "string" | "int" | "double" | "bool" | "list<string>";

type Fact = { type: FactType; text: string };

/**
 * Everything that an expression of `access.yml` can name, beside `inputs` (a map by parameter name). The tables of
 * `docs/access.md` are checked against it.
 */
export const ruleVariables = {
  runbook: {
    name: { type: "string", text: "Its name." },
    title: { type: "string", text: "Its title." },
    tags: { type: "list<string>", text: "Its tags." },
    riskLevel: { type: "string", text: "`low`, `medium`, `high` or `critical`." },
    version: { type: "string", text: "Like `1.0.0`." },
  },
  plan: {
    service: { type: "string", text: "`dynamodb` or `athena`." },
    operation: { type: "string", text: "`read` or `write`." },
    environment: { type: "string", text: "Of the target, e.g. `production`." },
    account: { type: "string", text: "AWS account, 12 digits." },
    region: { type: "string", text: "AWS region." },
    classification: {
      type: "string",
      text: "The highest of the output, its columns and what is read: `public`, `internal`, `confidential`, `pii`.",
    },
    columns: { type: "list<string>", text: "Columns of the result." },
    classifiedColumns: {
      type: "list<string>",
      text: "Columns that are read and are `confidential` or `pii`.",
    },
    maxRows: { type: "int", text: "Rows that one run can return at most." },
    costUsd: {
      type: "double",
      text: "What all runs can cost at Athena's list price; 0 for DynamoDB, whose reads cost less than a cent.",
    },
    scanBytes: { type: "int", text: "Bytes that one Athena query may scan; 0 for DynamoDB." },
    durationMinutes: { type: "int", text: "The window asked for." },
    kind: { type: "string", text: "`single-run` or `window`." },
  },
  requester: {
    teamId: { type: "string", text: "Slack workspace." },
    userId: { type: "string", text: "Slack user." },
    groups: {
      type: "list<string>",
      text: "Groups of `access.yml` they are in; missing while any group can't be known.",
    },
    onCall: {
      type: "bool",
      text: "On call in any schedule of `access.yml`; for one of them ask for its group in `requester.groups`.",
    },
  },
  incident: {
    given: { type: "bool", text: "Whether an incident or ticket was named. It is not checked to exist." },
    reference: { type: "string", text: "As typed, or empty." },
  },
  now: {
    hour: { type: "int", text: "0 to 23, in `timezone`." },
    minute: { type: "int", text: "0 to 59." },
    weekday: { type: "string", text: "`monday` to `sunday`." },
    date: { type: "string", text: "Like `2026-11-21`." },
    iso: { type: "string", text: "Local time like `2026-11-21T02:10:00`." },
  },
  history: {
    requestsToday: { type: "int", text: "Other requests that they made today." },
    runsToday: { type: "int", text: "Runs of those requests." },
    rowsToday: { type: "int", text: "Rows that those runs returned." },
    bytesToday: { type: "int", text: "Bytes that those runs returned." },
    deniedToday: { type: "int", text: "Those requests that somebody denied." },
  },
} as const satisfies Record<string, Record<string, Fact>>;
