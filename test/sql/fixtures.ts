import type { ColumnGuardrail, Guardrails, TableGuardrail } from "../../src/sql/guardrails.ts";
import { harmlessFunctions } from "../../src/sql/harmless-functions.ts";

/** The day on which all of these tests happen. */
export const now = new Date("2026-11-20T10:00:00Z");

const free = (classification: ColumnGuardrail["classification"] = "internal"): ColumnGuardrail => ({
  classification,
  use: "free",
});

function columns(names: string, rest: Record<string, ColumnGuardrail> = {}): Record<string, ColumnGuardrail> {
  return { ...Object.fromEntries(names.split(" ").map((name) => [name, free()])), ...rest };
}

function table(
  database: string,
  name: string,
  own: Partial<TableGuardrail> & Pick<TableGuardrail, "columns">,
): TableGuardrail {
  return { catalog: "awsdatacatalog", database, table: name, stars: "refused", partitions: [], ...own };
}

const day = {
  kind: "day",
  column: "day",
  format: "yyyy/MM/dd",
  maxRangeDays: 8,
  openEnd: "refused",
} as const;
const account = { kind: "value", column: "account", maxValues: 3 } as const;

/** A security team's data: CloudTrail, flow logs, customers with personal columns, employees with a denied one. */
export const guardrails: Guardrails = {
  defaultCatalog: "awsdatacatalog",
  defaultDatabase: "logs",
  functions: harmlessFunctions,
  limit: { max: 1000, whenAbsent: "add" },
  maxRelations: 8,
  maxJoins: 4,
  maxScanBytes: 10_000_000_000,
  tables: [
    table("logs", "cloudtrail_logs", {
      columns: columns(
        "account region day eventtime eventsource eventname awsregion sourceipaddress useragent errorcode errormessage requestparameters responseelements additionaleventdata eventid readonly resources eventtype eventcategory recipientaccountid useridentity",
      ),
      partitions: [account, day],
    }),
    table("logs", "vpc_flow_logs", {
      columns: columns("day interface_id srcaddr dstaddr dstport protocol packets start end action"),
      partitions: [day],
    }),
    table("crm", "customers", {
      columns: columns("customer_id country status created_at dt", {
        email: { classification: "pii", use: "masked", filterable: true },
        phone: { classification: "pii", use: "masked" },
      }),
      partitions: [{ ...day, column: "dt", format: "yyyy-MM-dd" }],
    }),
    table("hr", "employees", {
      columns: columns("id name dept", { ssn: { classification: "pii", use: "denied" } }),
    }),
    table("ref", "accounts", { columns: columns("id owner"), stars: "allowed" }),
    table("hr", "staff", {
      columns: columns("id name"),
      view: "SELECT id, name, dept FROM hr.employees",
    }),
    table("hr", "leaky", {
      columns: columns("id ssn"),
      view: "SELECT id, ssn FROM employees",
    }),
  ],
};

/** The head that every query over CloudTrail needs. */
export const window = "account = '111122223333' AND day BETWEEN '2026/11/14' AND '2026/11/20'";
