import { describe, expect, test } from "vitest";
import { allRules } from "../../src/runbook/lint-runbook.ts";
import type { Runbook } from "../../src/runbook/runbook.ts";
import { brokenSql } from "./broken-sql-rules.ts";
import { asWrite, brokenWrites } from "./broken-write-rules.ts";
import { files, load, runbook } from "./fixture.ts";

type Files = ReturnType<typeof files>;
type Break = (book: Runbook, all: Files) => void;

/** Puts a value where the types would not let it: files are written by people. */
function put(target: object, path: string, value: unknown): void {
  const parts = path.split("/");
  const last = parts.pop() ?? "";
  const holder = parts.reduce<Record<string, unknown>>(
    (at, part) => at[part] as Record<string, unknown>,
    target as Record<string, unknown>,
  );
  if (value === undefined) delete holder[last];
  else holder[last] = value;
}

/** Declared in the step, and no more than that. */
function putScan(book: Runbook): void {
  put(book, "parameters/properties/min_size", undefined);
  put(book, "tests/0/given/parameters", { owner: "A-1234" });
  put(book, "steps/0", {
    name: "scan",
    action: "dynamodb:Scan",
    allowScan: true,
    justification: "There is no index by the owner of a thing.",
    request: {
      TableName: "things",
      FilterExpression: "owner_id = :owner",
      ProjectionExpression: "thing_id, #state",
      Select: "SPECIFIC_ATTRIBUTES",
      ExpressionAttributeNames: { "#state": "state" },
      ExpressionAttributeValues: { ":owner": { S: { $param: "owner" } } },
      Limit: 10,
    },
  });
}

const request = "steps/0/request";
const clause = "steps/0/optional/0";
const owner = "parameters/properties/owner";
const minSize = "parameters/properties/min_size";

/** For each rule the ways to break it, one change each, and a word of the sentence that comes. */
const broken: Record<string, [string, Break, RegExp][]> = {
  ...brokenWrites,
  RB001: [
    ["an unknown key", (b) => put(b, "permissions", []), /"permissions" is not known/],
    ["a missing part", (b) => put(b, "grant", undefined), /"grant" is missing/],
    ["a wrong type", (b) => put(b, "limits/maxRows", "ten"), /expected a number, received text "ten"/],
    [
      "a version without quotes",
      (b) => put(b, "metadata/version", 1),
      /MAJOR\.MINOR\.PATCH in quotes, like "1\.0\.0"/,
    ],
    ["another version of the format", (b) => put(b, "apiVersion", "v2"), /expected "jit-runbooks\/v1"/],
    ["two steps", (b) => b.steps.push(...structuredClone(b.steps)), /exactly one step/],
    ["a headline template", (b) => put(b, "output/headline", "{{n}} things"), /"headline" is not known/],
  ],
  RB002: [["another name", (b) => put(b, "metadata/name", "other"), /things-by-owner\.yml/]],
  RB003: [
    [
      "an owner that is no group",
      (b) => put(b, "metadata/owner", "nobody"),
      /no group "nobody" in access\.yml; known: askers, deciders/,
    ],
  ],
  RB004: [
    ["a day that does not exist", (b) => put(b, "metadata/lastReviewed", "2026-02-30"), /no such day/],
    ["a month that does not exist", (b) => put(b, "metadata/lastReviewed", "2026-13-01"), /no such day/],
  ],
  RB011: [["a review in the future", (b) => put(b, "metadata/lastReviewed", "2027-01-01"), /in the future/]],
  RB006: [["deprecated without a successor", (b) => put(b, "metadata/status", "deprecated"), /successor/]],
  RB007: [
    [
      "experimental for long",
      (b) => Object.assign(b.metadata, { status: "experimental", lastReviewed: "2026-09-01" }),
      /60 days/,
    ],
  ],
  RB008: [
    ["not reviewed for long", (b) => put(b, "metadata/lastReviewed", "2026-01-01"), /180 days/],
    [
      "high and not reviewed for 91 days",
      (b) => Object.assign(b.metadata, { riskLevel: "high", lastReviewed: "2026-08-20" }),
      /90 days/,
    ],
  ],
  RB009: [
    ["an unknown data source", (b) => put(b, "datasource", "stuff"), /no data source "stuff"; known: things/],
  ],
  RB010: [
    ["an unknown requester", (b) => b.access.requesters.push("strangers"), /no group "strangers"/],
    ["an unknown approver", (b) => b.approval.approvers.push("strangers"), /no group "strangers"/],
  ],
  DOC01: [
    ["one row of interpretation", (b) => b.documentation.interpretation.pop(), /at least two rows/],
    [
      "no word on the empty result",
      (b) => put(b, "documentation/interpretation/0/when", "Rows"),
      /empty result/,
    ],
  ],
  DOC02: [
    ["no next step", (b) => put(b, "documentation/interpretation/1/next", "Think."), /say stop, escalate/],
  ],
  DOC03: [
    [
      "an unknown next runbook",
      (b) => put(b, "documentation/interpretation/1/runbook", "gone"),
      /no runbook "gone"/,
    ],
    [
      "an unknown related runbook",
      (b) => put(b, "metadata/related", [{ name: "gone", type: "next" }]),
      /"gone"/,
    ],
    [
      "no way out",
      (b) => b.documentation.interpretation.forEach((row) => put(row, "runbook", "things-by-owner")),
      /one must lead out/,
    ],
  ],
  DOC04: [
    [
      "a person's address",
      (b) => put(b, "documentation/escalation/contact", "kim@example.com"),
      /role or channel/,
    ],
  ],
  DOC05: [
    ["an investigation without hypotheses", (b) => put(b, "metadata/tags", ["investigation"]), /hypotheses/],
  ],
  DOC06: [
    [
      "a time without its zone",
      (b) =>
        put(b, owner, {
          type: "string",
          title: "Since",
          description: "A time.",
          format: "date-time",
          maxLength: 25,
        }),
      /UTC/,
    ],
  ],
  PAR01: [
    [
      "an undeclared parameter",
      (b) => put(b, `${clause}/ExpressionAttributeValues/:min_size/N/$param`, "size"),
      /no parameter "size"/,
    ],
    [
      "an unused parameter",
      (b) => put(b, "parameters/properties/spare", { type: "boolean", title: "S", description: "S" }),
      /no request uses "spare"/,
    ],
    ["a required one that is not declared", (b) => b.parameters.required?.push("more"), /"more" is required/],
    [
      "an undeclared derived value",
      (b) => put(b, `${request}/ExpressionAttributeValues/:owner/S`, { $derived: "x" }),
      /no derived value "x"/,
    ],
    [
      "one name for two",
      (b) => put(b, "derived", { owner: { function: "now", args: [] } }),
      /also a parameter/,
    ],
  ],
  PAR02: [
    ["a free string", (b) => put(b, `${owner}/pattern`, undefined), /no enum, pattern or format/],
    ["no maxLength", (b) => put(b, `${owner}/maxLength`, undefined), /no maxLength/],
  ],
  PAR03: [
    [
      "a separator in what a key is derived from",
      (b) => {
        put(b, `${owner}/pattern`, "^A[-#][0-9]{4}$");
        put(b, "derived", { low: { function: "lowercase", args: [{ $param: "owner" }] } });
        put(b, `${request}/ExpressionAttributeValues/:owner/S`, { $derived: "low" });
      },
      /separates parts/,
    ],
    ["a separator in a key", (b) => put(b, `${owner}/pattern`, "^A[-#][0-9]{4}$"), /separates parts/],
    ["any character in a key", (b) => put(b, `${owner}/pattern`, "^A-[^#]{4}$"), /beyond U\+00FF/],
    [
      "a separator in an enum",
      (b) => put(b, owner, { type: "string", title: "O", description: "O", enum: ["A-1234", "B#1"] }),
      /separates/,
    ],
  ],
  PAR04: [
    ["no anchors", (b) => put(b, `${owner}/pattern`, "A-[0-9]{4}"), /not anchored/],
    ["half an anchor", (b) => put(b, `${owner}/pattern`, "^A-[0-9]{4}$|^x$"), /only at its ends/],
    ["a slow pattern", (b) => put(b, `${owner}/pattern`, "^(?:[A-Z]+-?)+[0-9]{4}$"), /two ways/],
    ["a look-ahead", (b) => put(b, `${owner}/pattern`, "^(?=A)A-[0-9]{4}$"), /look-around/],
    ["a back-reference", (b) => put(b, `${owner}/pattern`, "^(A)-[0-9]{4}\\1$"), /\\1 is not allowed/],
    ["no regular expression", (b) => put(b, `${owner}/pattern`, "^A-[0-9{4}$"), /regular expression/],
    ["no example", (b) => put(b, `${owner}/examples`, undefined), /needs an example/],
    [
      "an example of another form",
      (b) => put(b, `${owner}/examples`, ["A-12"]),
      /examples\[0\]: PAR04: "A-12" is not accepted: Owner does not have the right form\.$/,
    ],
    ["a default beyond the maximum", (b) => put(b, `${minSize}/default`, 2000), /from 0 to 1000/],
  ],
  PAR05: [
    ["no maximum", (b) => put(b, `${minSize}/maximum`, undefined), /minimum and a maximum/],
    ["a minimum above the maximum", (b) => put(b, `${minSize}/minimum`, 1001), /above the maximum/],
  ],
  PAR12: [
    [
      "a parameter named like a field of every form",
      (b) => put(b, "parameters/properties/reason", { type: "boolean", title: "R", description: "R" }),
      /field "reason" of its own/,
    ],
  ],
  NRW01: [
    ["the same thing twice", (b) => put(b, "narrowing", ["rows", "rows"]), /rows stands there twice/],
    [
      "fewer rows where further queries are approved",
      (b) => {
        put(b, "grant/approves", "within-guardrails");
        put(b, "narrowing", ["duration", "rows"]);
      },
      /rows would not hold for further queries/,
    ],
  ],
  NRW02: [
    ["a time range without bounds", (b) => put(b, "narrowing", ["timeRange"]), /no parameter has x-bound/],
    [
      "a bound that nothing narrows",
      (b) => put(b, "parameters/properties/owner/x-bound", "start"),
      /narrowing has no timeRange/,
    ],
    [
      "a bound that is no time",
      (b) => {
        put(b, "narrowing", ["timeRange"]);
        put(b, "parameters/properties/owner/x-bound", "end");
      },
      /only a required date or date-time/,
    ],
  ],
  PAR15: [
    [
      "a label that says so itself",
      (b) => put(b, `${minSize}/title`, "Size at least (Optional)"),
      /Slack adds "\(optional\)" itself/,
    ],
  ],
  PAR06: [
    [
      "26 items",
      (b) =>
        put(b, minSize, {
          type: "array",
          title: "L",
          description: "L",
          items: { type: "string", enum: ["a"] },
          maxItems: 26,
        }),
      /at most 25/,
    ],
    [
      "free items",
      (b) =>
        put(b, minSize, {
          type: "array",
          title: "L",
          description: "L",
          items: { type: "string" },
          maxItems: 2,
        }),
      /"enum" is missing/,
    ],
  ],
  PAR08: [
    ["a long label", (b) => put(b, `${owner}/title`, "x".repeat(49)), /at most 48 characters/],
    ["a long hint", (b) => put(b, `${owner}/description`, "x".repeat(151)), /at most 150 characters/],
    [
      "eleven parameters",
      (b) => {
        for (let at = 0; at < 10; at++)
          put(b, `parameters/properties/p${at}`, { type: "boolean", title: "P", description: "P" });
      },
      /at most 10 parameters/,
    ],
  ],
  PAR09: [
    [
      "personal data that is not sensitive",
      (b) => {
        put(b, `${clause}/FilterExpression`, "email = :min_size");
        put(b, `${clause}/ExpressionAttributeNames`, undefined);
        put(b, `${clause}/ExpressionAttributeValues/:min_size`, { S: { $param: "min_size" } });
        put(b, minSize, { type: "string", title: "Mail", description: "M", format: "email", maxLength: 80 });
        b.tests[1]?.expect.errors?.push("min_size");
        put(b, "tests/0/given/parameters/min_size", "somebody@example.com");
      },
      /email \(pii\)/,
    ],
  ],
  PAR10: [
    [
      "a template of another tool",
      (b) => put(b, `${request}/ExpressionAttributeValues/:owner`, { S: "${owner}" }),
      /there are no templates, \$\{owner\} would be sent as it stands; write \{ \$param: owner \}/,
    ],
    [
      "another tool's braces",
      (b) => put(b, `${request}/ExpressionAttributeValues/:owner`, { S: "A-{{ owner }}" }),
      /write \{ \$param: owner \}/,
    ],
    [
      "a parameter as a table",
      (b) => put(b, `${request}/TableName`, { $param: "owner" }),
      /expected text, received a mapping/,
    ],
    [
      "a parameter as an attribute",
      (b) => put(b, `${request}/ExpressionAttributeNames/#state`, { $param: "owner" }),
      /expected text/,
    ],
    [
      "a parameter as an expression",
      (b) => put(b, `${request}/KeyConditionExpression`, { $param: "owner" }),
      /expected text/,
    ],
    ["a parameter as a limit", (b) => put(b, `${request}/Limit`, { $param: "min_size" }), /DDB04/],
    ["a template in a name", (b) => put(b, `${request}/IndexName`, "${param.owner}"), /table or index name/],
  ],
  PAR11: [
    [
      "a list that is compared",
      (b) => {
        put(b, minSize, {
          type: "array",
          title: "L",
          description: "L",
          items: { type: "string", enum: ["a", "b"] },
          maxItems: 2,
        });
        put(b, `${clause}/ExpressionAttributeValues/:min_size`, { S: { $param: "min_size" } });
      },
      /only in IN/,
    ],
  ],
  DER01: [
    [
      "wrong arguments",
      (b) => {
        put(b, "derived", { low: { function: "lowercase", args: [] } });
        put(b, `${request}/ExpressionAttributeValues/:owner/S`, { $derived: "low" });
      },
      /lowercase takes one text/,
    ],
    [
      "a circle",
      (b) => {
        put(b, "derived", { low: { function: "lowercase", args: [{ $derived: "low" }] } });
        put(b, `${request}/ExpressionAttributeValues/:owner/S`, { $derived: "low" });
      },
      /does not stand above/,
    ],
    [
      "a free format",
      (b) => {
        put(b, "derived", { day: { function: "formatDate", args: [{ $param: "owner" }, "%d"] } });
        put(b, `${request}/ExpressionAttributeValues/:owner/S`, { $derived: "day" });
      },
      /formatDate takes/,
    ],
  ],
  DDB01: [
    ["a Scan", (b) => put(b, "steps/0/action", "dynamodb:Scan"), /Scan reads the whole table/],
    ["a declared Scan that one may approve", (b) => putScan(b), /at least 2 approvals/],
    ["a declared Scan of low risk", (b) => putScan(b), /write high/],
  ],
  DDB02: [
    ["no projection", (b) => put(b, `${request}/ProjectionExpression`, undefined), /ProjectionExpression/],
    ["every attribute", (b) => put(b, `${request}/Select`, "ALL_ATTRIBUTES"), /SPECIFIC_ATTRIBUTES/],
  ],
  DDB03: [
    [
      "a range on the partition key",
      (b) => put(b, `${request}/KeyConditionExpression`, "owner_id > :owner"),
      /owner_id/,
    ],
    [
      "another attribute",
      (b) => put(b, `${request}/KeyConditionExpression`, "thing_id = :owner"),
      /owner_id/,
    ],
    [
      "the key in a filter",
      (b) => put(b, `${clause}/FilterExpression`, "attribute_exists(thing_id) AND #size >= :min_size"),
      /key/,
    ],
  ],
  DDB04: [
    ["no maxPages", (b) => put(b, "limits/maxPages", undefined), /maxPages/],
    ["no maxItemsScanned", (b) => put(b, "limits/maxItemsScanned", undefined), /maxItemsScanned/],
    ["no Limit", (b) => put(b, `${request}/Limit`, undefined), /Limit/],
  ],
  DDB05: [
    [
      "a filter without a word on it",
      (b) => put(b, "documentation/expectedOutput", "A few rows."),
      /does not reduce/,
    ],
  ],
  DDB06: [
    ["an unused name", (b) => put(b, `${request}/ExpressionAttributeNames/#spare`, "size"), /#spare/],
    ["an undefined value", (b) => put(b, `${clause}/FilterExpression`, "#size >= :min"), /:min/],
    [
      "a name that only a clause uses",
      (b) => put(b, `${request}/ExpressionAttributeNames/#other`, "size"),
      /#other/,
    ],
    [
      "an attribute twice",
      (b) => put(b, `${request}/ProjectionExpression`, "thing_id, thing_id, #state"),
      /thing_id/,
    ],
  ],
  DDB07: [
    [
      "a consistent read of a global index",
      (b) => {
        put(b, `${request}/IndexName`, "by-state");
        put(b, `${request}/KeyConditionExpression`, "#state = :owner");
        put(b, `${request}/ConsistentRead`, true);
      },
      /global index/,
    ],
  ],
  DDB12: [["PartiQL", (b) => put(b, "steps/0/action", "dynamodb:ExecuteStatement"), /PartiQL \(DDB12\)/]],
  DDB13: [
    [
      "a number as a text",
      (b) => put(b, `${clause}/ExpressionAttributeValues/:min_size`, { S: { $param: "min_size" } }),
      /:min_size is of type S, which can't take parameter "min_size": it is of kind integer/,
    ],
    [
      "a number for a text column",
      (_, all) => put(all, "datasources.yml/datasources/things/attributes/size/type", "S"),
      /size is of type S, not N/,
    ],
  ],
  DDB14: [["another table", (b) => put(b, `${request}/TableName`, "secrets"), /table things, not secrets/]],
  DDB15: [
    [
      "an attribute outside of the catalogue",
      (b) => put(b, `${request}/ProjectionExpression`, "thing_id, #state, password_hash"),
      /no attribute "password_hash"/,
    ],
  ],
  DDB16: [
    [
      "an empty key",
      (b) => put(b, `${request}/ExpressionAttributeValues/:owner/S`, ""),
      /empty|no request uses/,
    ],
  ],
  DDB17: [["an unknown index", (b) => put(b, `${request}/IndexName`, "by-colour"), /by-colour/]],
  DDB18: [
    [
      "no expression",
      (b) => put(b, `${request}/KeyConditionExpression`, "owner_id = :owner;"),
      /KeyConditionExpression/,
    ],
    ["a bare reserved word", (b) => put(b, `${clause}/FilterExpression`, "size >= :min_size"), /./],
    [
      "a reserved word that is projected",
      (b) => put(b, `${request}/ProjectionExpression`, "thing_id, state"),
      /reserved word/,
    ],
  ],
  OPT01: [
    [
      "a clause for a required parameter",
      (b) => put(b, `${clause}/when`, "owner"),
      /not an optional parameter/,
    ],
  ],
  OPT02: [
    [
      "an optional value in the request itself",
      (b) => {
        put(b, `${request}/FilterExpression`, "#size < :max");
        put(b, `${request}/ExpressionAttributeValues/:max`, { N: { $param: "min_size" } });
      },
      /may be absent here/,
    ],
  ],
  OPT03: [
    [
      "a placeholder twice",
      (b) => put(b, `${clause}/ExpressionAttributeNames/#state`, "size"),
      /#state is defined twice/,
    ],
  ],
  OUT01: [
    [
      "a class below the catalogue's",
      (b) => {
        put(b, `${request}/ProjectionExpression`, "thing_id, #state, changed_at");
        b.output.columns.push({
          name: "changed_at",
          title: "Changed",
          type: "date-time",
          classification: "public",
          mask: "none",
        });
      },
      /catalogue says internal/,
    ],
    [
      "pii without a mask",
      (b) => {
        put(b, `${request}/ProjectionExpression`, "thing_id, #state, email");
        put(b, "output/classification", "pii");
        b.output.columns.push({
          name: "email",
          title: "Mail",
          type: "string",
          classification: "pii",
          mask: "none",
        });
      },
      /its mask is/,
    ],
    ["no class", (b) => put(b, "output/columns/0/classification", undefined), /"classification" is missing/],
  ],
  OUT02: [
    [
      "a confidential column in the thread",
      (b) => {
        put(b, "output/audience", "thread-preview");
        put(b, "output/classification", "confidential");
        put(b, "output/columns/0/classification", "confidential");
      },
      /unmasked/,
    ],
  ],
  OUT03: [
    [
      "no sentence for the empty result",
      (b) => put(b, "output/emptyResult", undefined),
      /"emptyResult" is missing/,
    ],
  ],
  OUT04: [
    [
      "a column too many",
      (b) =>
        b.output.columns.push({
          name: "changed_at",
          title: "Size",
          type: "integer",
          classification: "internal",
          mask: "none",
        }),
      /column changed_at is not projected/,
    ],
    ["a column too few", (b) => b.output.columns.pop(), /state is projected but is no column/],
  ],
  OUT05: [
    [
      "an output below its columns",
      (b) => put(b, "output/classification", "public"),
      /the output says public/,
    ],
  ],
  APR01: [
    ["nobody approves", (b) => put(b, "approval/approvers", []), /empty list means nobody/],
    ["the askers approve", (b) => put(b, "approval/approvers", ["askers"]), /name another/],
  ],
  APR02: [
    [
      "critical with one approval",
      (b) => put(b, "metadata/riskLevel", "critical"),
      /minRequiredApprovals ≥ 2/,
    ],
  ],
  APR03: [
    [
      "more approvals than people",
      (b) => put(b, "approval/minRequiredApprovals", 3),
      /3 must approve, and 2 people can/,
    ],
  ],
  GRT01: [["several single runs", (b) => put(b, "grant/kinds", ["single-run"]), /write 1/]],
  LIM01: [["a long run", (b) => put(b, "limits/timeoutSeconds", 601), /at most 600/]],
  TST01: [
    ["no tests", (b) => put(b, "tests", []), /has tests/],
    ["nothing refused", (b) => b.tests.pop(), /no test refuses a value of "owner"/],
    [
      "an optional parameter never given",
      (b) => put(b, "tests/0/given/parameters", { owner: "A-1234" }),
      /no test gives "min_size"/,
    ],
    ["no requests", (b) => put(b, "tests/0/expect/requests", undefined), /says the requests/],
  ],
  TST02: [
    ["an account", (b) => put(b, "tests/1/given/parameters/owner", "123456789012"), /real account/],
    ["an address", (b) => put(b, "tests/1/given/parameters/owner", "8.8.8.8"), /real address/],
    ["an access key", (b) => put(b, "tests/1/given/parameters/owner", "AKIAABCDEFGHIJKLMNOP"), /access key/],
    ["an e-mail address", (b) => put(b, "tests/1/given/parameters/owner", "kim@gmail.com"), /real e-mail/],
  ],
};

/** Said by the schema in its own words, so these sentences come under another rule's number. */
const saidOtherwise = new Set([
  "PAR10",
  "OUT03",
  "LIM01",
  "DDB12",
  "PAR06",
  "PAR08",
  "DDB02",
  "OUT01",
  "DDB16",
  "DDB08",
  "DDB20",
]);

describe("what a runbook may not ask for is refused when it loads (field failure 30)", () => {
  test("a good runbook breaks none", async () => {
    const { catalogue, errors, warnings } = await load(files());
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    expect([...(catalogue?.runbooks.keys() ?? [])]).toEqual(["things-by-owner"]);
  });

  test("a good write breaks none", async () => {
    const book = runbook();
    asWrite(book);
    const { errors, warnings } = await load({ ...files(), "things-by-owner.yml": book });
    expect({ errors, warnings: warnings.filter((line) => !line.includes("APR03")) }).toEqual({
      errors: [],
      warnings: [],
    });
  });

  test("every rule has a way to be broken here", () => {
    const ids = new Set([...Object.keys(broken), ...Object.keys(brokenSql)]);
    expect([...ids].sort()).toEqual(allRules.map(({ id }) => id).sort());
  });

  test("no two rules share a number", () => {
    expect(new Set(allRules.map(({ id }) => id)).size).toBe(allRules.length);
  });

  for (const { id, severity } of allRules) {
    for (const [what, change, sentence] of broken[id] ?? []) {
      test(`${id}: ${what} is ${severity === "error" ? "refused" : "warned about"}`, async () => {
        const all = files();
        const book = runbook();
        change(book, all);
        const { errors, warnings, catalogue } = await load({ ...all, "things-by-owner.yml": book });
        const said = (severity === "error" ? errors : warnings).filter((line) => sentence.test(line));
        expect({ said: said.length > 0, errors, warnings }).toEqual({ said: true, errors, warnings });
        expect(saidOtherwise.has(id) || said.join("\n").includes(`${id}: `)).toBe(true);
        expect(said.every((line) => /^things-by-owner\.yml:\d+:\d+ /.test(line))).toBe(true);
        expect(catalogue === undefined).toBe(severity === "error");
      });
    }
  }
});
