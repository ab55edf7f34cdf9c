import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export type AthenaRunbooks = AsyncDisposable & { dir: string };

/**
 * A folder with the real data sources and three runbooks on CloudTrail: `trail-by-name` with a fixed query, which may run
 * again, `trail-adhoc` whose query the requester writes, and `trail-hunt` whose requester may ask further ones.
 */
export async function athenaRunbooks({ byNameSeconds = 6 } = {}): Promise<AthenaRunbooks> {
  const dir = await mkdtemp(join(tmpdir(), "jit-athena-"));
  await cp(join(root, "runbooks/datasources.yml"), join(dir, "datasources.yml"));
  await writeFile(join(dir, "access.yml"), access);
  await mkdir(join(dir, "sql"));
  await writeFile(join(dir, "sql/trail-by-name.sql"), trailByNameSql);
  const text = trailByName.replace("timeoutSeconds: 6,", `timeoutSeconds: ${byNameSeconds},`);
  await writeFile(join(dir, "trail-by-name.yml"), text);
  await writeFile(join(dir, "trail-adhoc.yml"), trailAdhoc);
  await writeFile(join(dir, "trail-hunt.yml"), trailHunt);
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

const access = `
groups:
  engineering: { members: [U0ONCALL, U0ENGINEER] }
  log-owners: { members: [U0LEAD] }
  security: { members: [U0SECURITY] }
admins: [security]
policies:
  - name: trail-read
    runbooks: [trail-*]
    requesters: [engineering]
    approval: { approvers: [log-owners], count: 1 }
    pendingMinutes: 60
    maxDurationMinutes: 60
    channel: C0APPROVALS
    allowPreview: false
`;

function head(name: string, title: string): string {
  return `
apiVersion: jit-runbooks/v1
kind: QueryRunbook
metadata:
  name: ${name}
  title: ${title}
  version: 1.0.0
  status: stable
  owner: log-owners
  lastReviewed: 2026-11-20
  riskLevel: low
documentation:
  purpose: Find the events of one name on one day.
  whenToUse: An alert names an event and nobody knows who caused it.
  expectedOutput: One row per event.
  interpretation:
    - { when: 0 rows, meaning: Nothing of that name happened., next: Stop. }
    - { when: 1 row or more, meaning: It happened., next: "Ask #security." }
  escalation: { contact: "#security", when: Somebody unknown did it. }
access: { requesters: [engineering] }
approval: { approvers: [log-owners], minRequiredApprovals: 1, timeoutSeconds: 3600 }
grant: { kinds: [single-run, window], maxDurationMinutes: 60, maxRuns: 2 }
datasource: cloudtrail
`;
}

const output = `
output:
  classification: internal
  audience: requester
  noun: { one: event, other: events }
  emptyResult: No such event.
  removeOnEnd: false
`;

const columns = `  columns:
    - { name: eventname, title: Event, type: string, classification: internal, mask: none }
    - { name: eventtime, title: When, type: string, classification: internal, mask: none }
`;

const trailByName = `${head("trail-by-name", "Events of one name on one day")}
parameters:
  type: object
  additionalProperties: false
  required: [day, event_name]
  properties:
    day: { type: string, title: Day, description: Like 2026/11/20., pattern: "^20[0-9]{2}/[0-9]{2}/[0-9]{2}$", maxLength: 10, examples: [2026/11/20] }
    event_name: { type: string, title: Event name, description: Like AssumeRole., pattern: "^[A-Za-z0-9]{1,64}$", maxLength: 64, examples: [AssumeRole] }
limits: { timeoutSeconds: 6, maxRows: 100, maxBytesScanned: 8000000000 }
steps:
  - name: find-events
    action: athena:StartQueryExecution
    request:
      QueryFile: sql/trail-by-name.sql
${output.trimEnd()}
${columns}
tests:
  - name: is accepted
    given: { parameters: { day: 2026/11/20, event_name: AssumeRole } }
    expect:
      valid: true
      requests:
        - action: athena:StartQueryExecution
          request:
            WorkGroup: jit-cloudtrail
            QueryExecutionContext: { Catalog: AwsDataCatalog, Database: audit }
            ExecutionParameters: ["'2026/11/20'", "'AssumeRole'"]
  - name: refuses what is no day and no name
    given: { parameters: { day: yesterday, event_name: "a' OR 1=1" } }
    expect: { valid: false, errors: [day, event_name] }
`;

const trailByNameSql = `SELECT eventname, eventtime FROM cloudtrail_logs
WHERE account = '111122223333' AND day = :day AND eventname = :event_name
ORDER BY eventtime LIMIT 100
`;

const trailAdhoc = `${head("trail-adhoc", "A query of one's own on one day")}
parameters:
  type: object
  additionalProperties: false
  required: [query]
  properties:
    query:
      type: sql
      title: Query
      description: One SELECT of eventname and eventtime.
      examples: ["SELECT eventname, eventtime FROM cloudtrail_logs WHERE account = '111122223333' AND day = '2026/11/20' LIMIT 10"]
limits: { timeoutSeconds: 6, maxRows: 100, maxBytesScanned: 8000000000 }
steps:
  - name: run-query
    action: athena:StartQueryExecution
    request: { QueryString: { $param: query } }
${output.trimEnd()}
  columns: []
tests:
  - name: is accepted
    given:
      parameters:
        query: "SELECT eventname, eventtime FROM cloudtrail_logs WHERE account = '111122223333' AND day = '2026/11/20' LIMIT 10"
    expect:
      valid: true
      requests:
        - action: athena:StartQueryExecution
          request:
            WorkGroup: jit-cloudtrail
            QueryExecutionContext: { Catalog: AwsDataCatalog, Database: audit }
            QueryString: "SELECT eventname, eventtime FROM cloudtrail_logs WHERE account = '111122223333' AND day = '2026/11/20' LIMIT 10"
  - name: refuses a query without a day
    given: { parameters: { query: "SELECT eventname, eventtime FROM cloudtrail_logs LIMIT 10" } }
    expect: { valid: false, errors: [query] }
`;

const trailHunt = trailAdhoc
  .replace("name: trail-adhoc", "name: trail-hunt")
  .replace("maxRuns: 2 }", "maxRuns: 4, approves: within-guardrails }");
