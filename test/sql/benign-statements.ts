import { window } from "./fixtures.ts";

const W = window;
const K = "dt = '2026-11-20'";

/** Queries that an engineer would write; look-alikes of the hostile ones among them. */
export const benignStatements: readonly (readonly [title: string, sql: string])[] = [
  ["a plain query", `SELECT eventtime, eventname FROM cloudtrail_logs WHERE ${W}`],
  ["a trailing semicolon", `SELECT eventname FROM cloudtrail_logs WHERE ${W};`],
  [
    "comments that hide nothing",
    `SELECT eventname /* a -- b */ FROM cloudtrail_logs -- all of it\nWHERE ${W}`,
  ],
  [
    "a string that looks like SQL",
    `SELECT eventname FROM cloudtrail_logs WHERE ${W} AND useragent = '; DROP TABLE x -- ?'`,
  ],
  ["fields of a row", `SELECT useridentity.sessioncontext.sessionissuer.arn FROM cloudtrail_logs WHERE ${W}`],
  [
    "an alias with fields of a row",
    `SELECT c.useridentity.arn FROM cloudtrail_logs c WHERE c.account = '1' AND c.day = '2026/11/20'`,
  ],
  [
    "a fully qualified name",
    `SELECT awsdatacatalog.logs.cloudtrail_logs.eventname FROM awsdatacatalog.logs.cloudtrail_logs WHERE ${W}`,
  ],
  ["quotes and upper case", `SELECT "EventName" FROM "Logs"."CLOUDTRAIL_LOGS" WHERE ${W}`],
  [
    "counting",
    `SELECT eventname, count(*) AS calls FROM cloudtrail_logs WHERE ${W} GROUP BY eventname ORDER BY calls DESC LIMIT 50`,
  ],
  [
    "distinct, filter, grouping by position",
    `SELECT eventname, count(DISTINCT sourceipaddress), count(*) FILTER (WHERE errorcode IS NOT NULL) FROM cloudtrail_logs WHERE ${W} GROUP BY 1 HAVING count(*) > 3`,
  ],
  [
    "a star over a named sub-query",
    `SELECT * FROM (SELECT eventname, count(*) AS n FROM cloudtrail_logs WHERE ${W} GROUP BY 1) t WHERE n > 5 ORDER BY n DESC`,
  ],
  ["a star over a table that allows it", "SELECT * FROM ref.accounts"],
  [
    "a chain of joins over a CTE",
    `WITH hops AS (SELECT eventtime, useridentity.accesskeyid AS caller, json_extract_scalar(responseelements, '$.credentials.accessKeyId') AS issued FROM cloudtrail_logs WHERE ${W}) SELECT a.eventtime, b.issued FROM hops a LEFT JOIN hops b ON b.caller = a.issued ORDER BY a.eventtime`,
  ],
  [
    "a CTE named like a forbidden table",
    "WITH employees AS (SELECT id FROM ref.accounts) SELECT id FROM employees",
  ],
  [
    "a CTE that another CTE reads",
    "WITH a AS (SELECT id FROM ref.accounts), b AS (SELECT id FROM a) SELECT id FROM b",
  ],
  [
    "a renamed CTE column called like a denied one",
    "WITH t (ssn) AS (SELECT id FROM ref.accounts) SELECT ssn FROM t",
  ],
  ["an alias called like a denied column", "SELECT id AS ssn FROM ref.accounts ORDER BY ssn"],
  [
    "UNNEST with a lambda",
    `SELECT r.arn, eventname FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS u (r) WHERE ${W} AND any_match(resources, x -> x.arn = 'a')`,
  ],
  [
    "a join with USING",
    `SELECT c.eventname FROM cloudtrail_logs c JOIN cloudtrail_logs d USING (eventid) WHERE c.account = '1' AND c.day = '2026/11/20' AND d.account = '1' AND d.day = '2026/11/20'`,
  ],
  [
    "bounds in the condition of a join",
    `SELECT a.owner, c.eventname FROM ref.accounts a LEFT JOIN cloudtrail_logs c ON c.recipientaccountid = a.id AND c.account = '1' AND c.day = '2026/11/20'`,
  ],
  [
    "a correlated sub-query",
    `SELECT a.id FROM ref.accounts a WHERE EXISTS (SELECT 1 FROM cloudtrail_logs c WHERE c.account = '1' AND c.day = '2026/11/20' AND c.recipientaccountid = a.id)`,
  ],
  [
    "set operations",
    `SELECT eventname FROM cloudtrail_logs WHERE ${W} UNION ALL SELECT owner FROM ref.accounts ORDER BY 1`,
  ],
  [
    "windows",
    `SELECT eventname, lag(eventtime) OVER (PARTITION BY sourceipaddress ORDER BY eventtime) FROM cloudtrail_logs WHERE ${W}`,
  ],
  ["CASE", `SELECT CASE WHEN errorcode IS NULL THEN 'ok' ELSE errorcode END FROM cloudtrail_logs WHERE ${W}`],
  [
    "special forms",
    `SELECT coalesce(errorcode, ''), extract(hour FROM from_iso8601_timestamp(eventtime)), trim(useragent), substring(eventname, 1, 3) FROM cloudtrail_logs WHERE ${W}`,
  ],
  [
    "casts and arithmetic",
    `SELECT try_cast(json_extract_scalar(requestparameters, '$.n') AS bigint) * 2 + 1 FROM cloudtrail_logs WHERE ${W}`,
  ],
  [
    "relative bounds",
    `SELECT eventname FROM cloudtrail_logs WHERE account = '1' AND day >= date_format(date_add('day', -6, current_timestamp), '%Y/%m/%d') AND day <= date_format(current_date, '%Y/%m/%d')`,
  ],
  [
    "bounds by interval",
    `SELECT eventname FROM cloudtrail_logs WHERE account = '1' AND day > format_datetime(now() - INTERVAL '3' DAY, 'yyyy/MM/dd') AND day < '2026/11/21'`,
  ],
  [
    "a list of days",
    `SELECT eventname FROM cloudtrail_logs WHERE account IN ('1', '2') AND day IN ('2026/11/01', '2026/11/20')`,
  ],
  [
    "bounds with the constant on the left",
    `SELECT eventname FROM cloudtrail_logs WHERE '1' = account AND '2026/11/19' <= day AND '2026/11/20' >= day`,
  ],
  [
    "masked columns as they are",
    `SELECT customer_id, email, phone FROM crm.customers WHERE ${K} AND email = 'a@example.com'`,
  ],
  [
    "a masked column looked up in lower case",
    `SELECT customer_id FROM crm.customers WHERE ${K} AND lower(email) IN ('a@example.com', 'b@example.com')`,
  ],
  ["a declared view", "SELECT id, name FROM hr.staff s WHERE s.name = 'x'"],
  ["VALUES", "SELECT a.id FROM ref.accounts a JOIN (VALUES ('1'), ('2')) AS v (id) ON a.id = v.id"],
  ["a LATERAL sub-query", "SELECT a.id, t.x FROM ref.accounts a CROSS JOIN LATERAL (SELECT a.owner AS x) t"],
  ["FETCH FIRST", "SELECT id FROM ref.accounts FETCH FIRST 10 ROWS ONLY"],
  ["OFFSET without LIMIT", "SELECT id FROM ref.accounts ORDER BY id OFFSET 10"],
  ["a quoted keyword", `SELECT "end" FROM vpc_flow_logs WHERE day = '2026/11/20'`],
  ["no table at all", "SELECT 1"],
];
