import type { Runbook } from "../../src/runbook/runbook.ts";
import { adhocRunbook } from "./athena-fixture.ts";
import type { AthenaFiles } from "./athena-fixture.ts";

export type Break = (all: AthenaFiles, book: Runbook) => void;

const sql = "sql/things-trail.sql";

function replace(from: string, to: string): Break {
  return (all) => {
    if (!all[sql].includes(from)) throw new Error(`the text has no ${from}`);
    all[sql] = all[sql].replace(from, to);
  };
}

function query(text: string): Break {
  return (all) => (all[sql] = text);
}

function change(path: string, value: unknown): Break {
  return (_, book) => {
    const parts = path.split("/");
    const last = parts.pop() ?? "";
    const holder = parts.reduce<Record<string, unknown>>(
      (at, part) => at[part] as Record<string, unknown>,
      book as unknown as Record<string, unknown>,
    );
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  };
}

function both(...breaks: readonly Break[]): Break {
  return (all, book) => breaks.forEach((one) => one(all, book));
}

/** The same runbook with a query of the requester's own, then changed. */
function adhoc(path: string, value: unknown): Break {
  return (all, book) => {
    for (const key of Object.keys(book)) delete (book as Record<string, unknown>)[key];
    Object.assign(book, adhocRunbook());
    change(path, value)(all, book);
  };
}

const clause = "steps/0/optional";
const outermost = "WHERE account = :account";

/** For each rule of SQL the ways to break it, and a word of the sentence that comes. */
export const brokenSql: Record<string, [string, Break, RegExp][]> = {
  RB012: [["a data source of another service", change("datasource", "things"), /data source of dynamodb/]],
  SQL01: [
    [
      "a file that there is not",
      change("steps/0/request/QueryFile", "sql/gone.sql"),
      /no file sql\/gone\.sql/,
    ],
    ["no SQL", query("SELEKT 1"), /SELEKT|not Trino/],
    ["a parameter in the LIMIT", replace("LIMIT 100", "LIMIT :account"), /SQL line 8, .*write the number/],
    ["no query", query("DROP TABLE events"), /SQL line 1/],
    ["two statements", replace("LIMIT 100", "LIMIT 100; SELECT 1"), /one statement/],
    [
      "an optional clause that closes a bracket",
      change(`${clause}/0/and`, "1 = 1) OR (:event = 'x'"),
      /bracket/,
    ],
    [
      "an optional clause with more than a condition",
      change(`${clause}/0/and`, "eventname = :event LIMIT 1"),
      /one condition/,
    ],
    [
      "optional clauses beside a UNION",
      replace("ORDER BY", "UNION ALL SELECT eventname, mail, eventtime FROM events ORDER BY"),
      /exactly one outermost WHERE/,
    ],
  ],
  SQL02: [["every column", replace("eventname, mail, eventtime", "*"), /name the columns/]],
  SQL03: [
    ["a limit above maxRows", replace("LIMIT 100", "LIMIT 101"), /LIMIT 101 is more than 100/],
    ["a limit that is no number", replace("LIMIT 100", "LIMIT ALL"), /plain number/],
  ],
  SQL04: [
    ["no day", replace("  AND day BETWEEN :day_from AND :day_to\n", "  AND :day_from < :day_to\n"), /day/],
    ["a day by OR", replace("AND day BETWEEN", "OR day BETWEEN"), /partition/],
    ["no account", replace(outermost, "WHERE :account = :account"), /account/],
    [
      "an optional clause with an outer OR is put in brackets, so only this one widens",
      replace("AND eventsource", "OR eventsource"),
      /partition/,
    ],
  ],
  SQL05: [
    [
      "a parameter among the columns",
      replace("SELECT eventname,", "SELECT :account AS eventname,"),
      /outside WHERE/,
    ],
    ["a bare ?", replace("= 's3.amazonaws.com'", "= ?"), /bare \?/],
  ],
  SQL06: [
    [
      "a LIKE whose pattern can hold a wildcard",
      both(
        change(`${clause}/0/and`, "eventname LIKE concat(:event, 'x')"),
        change("parameters/properties/event/pattern", "^[A-Za-z_]{3,40}$"),
      ),
      /"event" in a LIKE/,
    ],
  ],
  SQL07: [
    [
      "columns in another order",
      replace("eventname, mail", "mail, eventname"),
      /the query gives mail, eventname/,
    ],
    ["a column more", replace("eventname, mail", "eventname, eventname AS more, mail"), /the query gives/],
    [
      "columns of a query of the requester's",
      adhoc("output/columns", [
        { name: "a", title: "A", type: "string", classification: "pii", mask: "hide" },
      ]),
      /declare none/,
    ],
  ],
  SQL08: [
    ["another table", replace("FROM events", "FROM secrets"), /secrets may not be read/],
    ["another catalogue", replace("FROM events", "FROM other.audit.events"), /may not be read/],
    ["an undeclared column", replace("eventname, mail", "password AS eventname, mail"), /password/],
    ["a denied column", replace("eventname, mail", "note AS eventname, mail"), /note .*may not be read/],
    ["a masked column that is computed with", replace(", mail,", ", lower(mail) AS mail,"), /shown masked/],
  ],
  SQL09: [
    [
      "a function of the file system",
      replace("= 's3.amazonaws.com'", "= s3_read('x')"),
      /s3_read may not be called/,
    ],
    [
      "two joins",
      replace(
        "FROM events\nWHERE account = :account\n  AND day",
        "FROM (VALUES 1) a (x) CROSS JOIN (VALUES 1) b (y) CROSS JOIN events\nWHERE account = :account\n  AND day",
      ),
      /joins 2 times/,
    ],
  ],
  SQL10: [["no order", replace("ORDER BY eventtime\n", ""), /no ORDER BY/]],
  SQL11: [
    [
      "a LIKE over JSON",
      replace("AND eventsource", "AND requestparameters LIKE '%bucket%' AND eventsource"),
      /json_extract_scalar/,
    ],
  ],
  SQL12: [
    ["a table that there is not", change("guardrails", { tables: { others: {} } }), /no table others/],
    ["a wider limit", change("guardrails", { maxJoins: 5 }), /maxJoins is 5/],
    [
      "an example that is refused",
      adhoc("parameters/properties/query/examples", ["SELECT note FROM events LIMIT 5"]),
      /it is refused/,
    ],
  ],
  CT01: [
    [
      "a region without global events",
      both(replace("'s3.amazonaws.com'", "'iam.amazonaws.com'"), (all) => {
        const { trail } = all["datasources.yml"].datasources;
        if (trail?.service === "athena")
          Object.assign(trail.tables["events"]?.columns ?? {}, {
            awsregion: { classification: "internal", use: "free" },
          });
        all[sql] = all[sql].replace("  AND eventsource", "  AND awsregion = 'eu-west-1'\n  AND eventsource");
      }),
      /us-east-1/,
    ],
  ],
  CT02: [
    [
      "a last day as it was typed",
      change("derived/last_day", { function: "addDays", args: [{ $param: "to" }, 0] }),
      /not padded/,
    ],
  ],
  CT03: [
    [
      "data events without a word",
      replace("AND eventsource", "AND eventname = 'GetObject' AND eventsource"),
      /data events/,
    ],
  ],
  CT04: [
    [
      "an ARN alone",
      replace("AND eventsource", "AND useridentity.arn = 'arn:aws:iam::111122223333:user/x' AND eventsource"),
      /issuer/,
    ],
  ],
  LIM01: [
    ["no budget", change("limits/maxBytesScanned", undefined), /needs maxBytesScanned/],
    [
      "more than the data source allows",
      change("limits/maxBytesScanned", 2_000_000_000),
      /allows 1000000000/,
    ],
  ],
  GRT02: [
    ["further queries of a fixed one", change("grant/approves", "within-guardrails"), /no other query/],
    [
      "further queries in a single run",
      adhoc("grant", {
        kinds: ["single-run"],
        maxDurationMinutes: 5,
        maxRuns: 1,
        approves: "within-guardrails",
      }),
      /no other query/,
    ],
  ],
  OUT01: [
    [
      "a column below what it shows",
      change("output/columns/1/classification", "internal"),
      /the catalogue says pii/,
    ],
    [
      "a masked column without a mask",
      change("output/columns/1", {
        name: "mail",
        title: "Mail",
        type: "string",
        classification: "pii",
        mask: "none",
      }),
      /its mask is last4 or hide/,
    ],
  ],
  PAR01: [
    ["a hole that nothing fills", replace(":account", ":acount"), /no parameter "acount"/],
    [
      "a parameter that no text uses",
      replace(outermost, "WHERE account = '111122223333'"),
      /no request uses "account"/,
    ],
  ],
  PAR09: [
    [
      "a value beside a pii column",
      change(`${clause}/0/and`, "lower(mail) = lower(:event)"),
      /not x-sensitive/,
    ],
  ],
  PAR11: [
    ["a list outside of IN", change(`${clause}/1/and`, "errorcode = :codes"), /IN \(:name\)/],
    ["a list beside another value", change(`${clause}/1/and`, "errorcode IN ('x', :codes)"), /IN \(:name\)/],
  ],
  PAR13: [
    [
      "a second parameter",
      adhoc("parameters/properties/more", { type: "boolean", title: "More", description: "More." }),
      /no other parameter/,
    ],
    ["a query that is not needed", adhoc("parameters/required", []), /it is required/],
    [
      "a query of another type",
      adhoc("parameters/properties/query", {
        type: "string",
        title: "Q",
        description: "Q.",
        enum: ["SELECT 1"],
      }),
      /its type is sql/,
    ],
  ],
  PAR14: [["a long text", change("parameters/properties/event/maxLength", 501), /at most 500/]],
  OPT01: [
    ["a clause of a needed parameter", change(`${clause}/0/when`, "account"), /not an optional parameter/],
  ],
  OPT02: [
    [
      "an optional value outside of its clause",
      replace("'s3.amazonaws.com'", ":event"),
      /may be absent here/,
    ],
  ],
};
