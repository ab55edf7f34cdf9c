import type { Runbook } from "../../src/runbook/runbook.ts";
import type { DataSourcesFile } from "../../src/runbook/data-sources.ts";
import { files, runbook } from "./fixture.ts";

export type AthenaDeclared = DataSourcesFile["datasources"][string] & { service: "athena" };
export type AthenaFiles = Omit<ReturnType<typeof files>, "things-by-owner.yml"> & {
  "things-trail.yml": Runbook;
  "sql/things-trail.sql": string;
};

/** A runbook that counts calls in a trail, its query in a file; every test changes one thing of it. */
export function athenaFiles(): AthenaFiles {
  const { "datasources.yml": dataSources, "access.yml": access } = files();
  const [target] = Object.values(dataSources.targets);
  if (!target) throw new Error("no target");
  return {
    "datasources.yml": {
      targets: {
        production: { ...target, janitorRole: "arn:aws:iam::111122223333:role/janitor" },
      },
      datasources: { ...dataSources.datasources, trail: trail() },
    },
    "access.yml": access,
    "things-trail.yml": trailRunbook(),
    "sql/things-trail.sql": trailSql,
  };
}

export function trail(): AthenaDeclared {
  return {
    service: "athena",
    target: "production",
    workgroup: { name: "jit-trail", results: "managed" },
    catalog: "AwsDataCatalog",
    database: "audit",
    tables: {
      events: {
        location: { bucket: "trail-logs", prefix: "AWSLogs/{account}/CloudTrail/{day}/" },
        partitions: [
          { kind: "day", column: "day", format: "yyyy/MM/dd", maxRangeDays: 4, openEnd: "refused" },
          { kind: "value", column: "account", maxValues: 1 },
        ],
        stars: "refused",
        columns: {
          useridentity: { classification: "internal", use: "free" },
          eventsource: { classification: "internal", use: "free" },
          eventname: { classification: "internal", use: "free" },
          eventtime: { classification: "internal", use: "free" },
          errorcode: { classification: "confidential", use: "free" },
          requestparameters: { classification: "confidential", use: "free" },
          mail: { classification: "pii", use: "masked", filterable: true, mask: "last4" },
          note: { classification: "pii", use: "denied" },
          account: { classification: "internal", use: "free" },
          day: { classification: "internal", use: "free" },
        },
      },
    },
    limit: { max: 500, whenAbsent: "add" },
    maxRelations: 3,
    maxJoins: 1,
    maxScanBytes: 1_000_000_000,
    kmsKeys: [],
    lakeFormation: false,
  };
}

const trailSql = `-- one row per call
SELECT eventname, mail, eventtime
FROM events
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventsource = 's3.amazonaws.com'
ORDER BY eventtime
LIMIT 100
`;

export function trailRunbook(): Runbook {
  const book = runbook();
  const text = { type: "string", title: "Field", description: "A field." } as const;
  return {
    ...book,
    metadata: { ...book.metadata, name: "things-trail" },
    parameters: {
      type: "object",
      additionalProperties: false,
      required: ["account", "from", "to"],
      properties: {
        account: { ...text, enum: ["111122223333"] },
        from: { ...text, format: "date", maxLength: 10 },
        to: { ...text, format: "date", maxLength: 10 },
        event: { ...text, pattern: "^[A-Za-z]{3,40}$", maxLength: 40, examples: ["GetObject"] },
        codes: {
          type: "array",
          title: "Codes",
          description: "Some.",
          items: { type: "string", enum: ["AccessDenied", "NoSuchKey"] },
          maxItems: 2,
        },
      },
    },
    derived: {
      last_day: { function: "addDays", args: [{ $param: "to" }, 1] },
      day_from: { function: "formatDate", args: [{ $param: "from" }, "YYYY/MM/DD"] },
      day_to: { function: "formatDate", args: [{ $derived: "last_day" }, "YYYY/MM/DD"] },
    },
    limits: { timeoutSeconds: 60, maxRows: 100, maxBytesScanned: 500_000_000 },
    datasource: "trail",
    steps: [
      {
        name: "query",
        action: "athena:StartQueryExecution",
        request: { QueryFile: "sql/things-trail.sql" },
        optional: [
          { when: "event", and: "eventname = :event" },
          { when: "codes", and: "errorcode IN (:codes) OR errorcode IS NULL" },
        ],
      },
    ],
    output: {
      ...book.output,
      classification: "pii",
      columns: [
        { name: "eventname", title: "Call", type: "string", classification: "internal", mask: "none" },
        { name: "mail", title: "Mail", type: "string", classification: "pii", mask: "last4" },
        { name: "eventtime", title: "Time", type: "date-time", classification: "internal", mask: "none" },
      ],
    },
    tests: [
      {
        name: "asks for two days and the one after",
        given: {
          parameters: {
            account: "111122223333",
            from: "2026-11-19",
            to: "2026-11-20",
            event: "GetObject",
            codes: ["NoSuchKey"],
          },
        },
        expect: {
          valid: true,
          requests: [
            {
              action: "athena:StartQueryExecution",
              request: {
                WorkGroup: "jit-trail",
                QueryExecutionContext: { Catalog: "AwsDataCatalog", Database: "audit" },
                ExecutionParameters: [
                  "'111122223333'",
                  "'2026/11/19'",
                  "'2026/11/21'",
                  "'GetObject'",
                  "'NoSuchKey'",
                ],
              },
            },
          ],
        },
      },
      {
        name: "refuses another form",
        given: { parameters: { account: "x", from: "x", to: "x", event: "x" } },
        expect: { valid: false, errors: ["account", "from", "to", "event"] },
      },
    ],
  };
}

/** The same with a query that the requester writes, further ones of which a window may admit. */
export function adhocRunbook(): Runbook {
  const book = trailRunbook();
  const { derived: _, ...rest } = book;
  return {
    ...rest,
    grant: { ...book.grant, approves: "within-guardrails" },
    parameters: {
      type: "object",
      additionalProperties: false,
      required: ["query"],
      properties: {
        query: {
          type: "sql",
          title: "Query",
          description: "One SELECT.",
          examples: [
            "SELECT eventname FROM events WHERE account = '111122223333' AND day = '2026/11/20' LIMIT 5",
          ],
        },
      },
    },
    steps: [
      {
        name: "query",
        action: "athena:StartQueryExecution",
        request: { QueryString: { $param: "query" } },
      },
    ],
    output: { ...book.output, columns: [] },
    tests: [
      {
        name: "runs what the guardrails admit",
        given: {
          parameters: {
            query: "SELECT eventname FROM events WHERE account = '111122223333' AND day = '2026/11/20'",
          },
        },
        expect: { valid: true, requests: [] },
      },
    ],
  };
}
