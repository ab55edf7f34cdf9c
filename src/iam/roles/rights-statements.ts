import type { Conditions } from "../policy-document.ts";
import type { NeededRight } from "./needed-rights.ts";
import type { ExplainedStatement } from "./role-document.ts";
import { sidOf } from "./sid.ts";

type DynamoDbRight = NeededRight & { service: "dynamodb" };
type AthenaNeed = NeededRight & { service: "athena" };

/**
 * The Allow statements of a data role, in a fixed order. DynamoDB: one per action and table or index, with every
 * attribute that some runbook names. Athena: one per data source and kind of access.
 */
export function rightsStatements(rights: readonly NeededRight[]): ExplainedStatement[] {
  const reads = rights.filter((right) => right.service === "dynamodb");
  const queries = rights.filter((right) => right.service === "athena");
  return [
    ...[...Map.groupBy(reads, readKey).entries()].toSorted(byKey).map(([, group]) => readStatement(group)),
    ...[...Map.groupBy(queries, ({ target }) => target.dataSource).entries()]
      .toSorted(byKey)
      .flatMap(([source, group]) => queryStatements(source, group)),
  ];
}

function readKey({ target, read }: DynamoDbRight): string {
  return [target.dataSource, read.action, read.resource, read.select ?? ""].join(" ");
}

function readStatement(group: readonly DynamoDbRight[]): ExplainedStatement {
  const [first] = group;
  if (!first) throw new TypeError("a group has a member");
  const { action, index, resource, select, returnValues } = first.read;
  const hasKeys = action !== "dynamodb:Scan";
  const place = [index ?? "table", select === "COUNT" ? "count" : ""];
  return {
    neededBy: runbooksOf(group),
    statement: {
      Sid: sidOf(first.target.dataSource, action.split(":")[1] ?? "", ...place),
      Effect: "Allow",
      Action: action,
      Resource: resource,
      // `Null`, because ForAllValues is true for a key that the request does not have.
      Condition: {
        "ForAllValues:StringEquals": {
          "dynamodb:Attributes": distinct(group.flatMap(({ read }) => read.attributes)),
        },
        StringEquals: {
          ...(select !== undefined && { "dynamodb:Select": select }),
          ...(returnValues !== undefined && { "dynamodb:ReturnValues": returnValues }),
          "aws:RequestedRegion": first.target.region,
        },
        Null: { ...(hasKeys && { "dynamodb:LeadingKeys": "false" }), "dynamodb:Attributes": "false" },
      },
    },
  };
}

/** Resources that the same actions are asked of, under the same conditions, share a statement. */
function queryStatements(source: string, group: readonly AthenaNeed[]): ExplainedStatement[] {
  const byResource = Map.groupBy(group, ({ right }) => `${isListing(right.action)} ${resourceOf(right)}`);
  const places = [...byResource.values()].map((rights) => ({
    resource: resourceOf(rights[0]?.right),
    actions: distinct(rights.map(({ right }) => right.action)),
    listed: distinct(rights.flatMap(({ right }) => (right.listed === undefined ? [] : [right.listed]))),
    rights,
  }));
  const alike = Map.groupBy(places, ({ actions, listed }) => JSON.stringify([actions, listed]));
  const used = new Map<string, number>();
  return [...alike.entries()].toSorted(byKey).map(([, members]) => {
    const [first] = members;
    if (!first) throw new TypeError("a group has a member");
    const { actions, listed } = first;
    const rights = members.flatMap((member) => member.rights);
    const word = kindOf(actions);
    const count = (used.get(word) ?? 0) + 1;
    used.set(word, count);
    const condition = conditionOf(rights[0], listed);
    return {
      neededBy: runbooksOf(rights),
      statement: {
        Sid: sidOf(source, word, count > 1 ? String(count) : ""),
        Effect: "Allow",
        Action: actions,
        Resource: distinct(members.map(({ resource }) => resource)),
        Condition: condition,
      },
    };
  });
}

/** All but the query itself holds only while Athena makes the call in the session's name. */
function conditionOf(need: AthenaNeed | undefined, listed: readonly string[]): Conditions {
  if (!need) throw new TypeError("a group has a member");
  if (!need.right.forwarded) return { StringEquals: { "aws:RequestedRegion": need.target.region } };
  return {
    "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" },
    ...(listed.length > 0 && { StringLike: { "s3:prefix": listed.map((folder) => `${folder}*`) } }),
  };
}

const kinds: readonly [action: string, word: string][] = [
  ["athena:StartQueryExecution", "Queries"],
  ["glue:GetDatabase", "Catalogue"],
  ["glue:GetTable", "Tables"],
  ["s3:ListBucket", "List"],
  ["s3:GetBucketLocation", "Locate"],
  ["s3:PutObject", "Results"],
  ["s3:GetObject", "Read"],
  ["kms:Decrypt", "Keys"],
  ["lakeformation:GetDataAccess", "Vended"],
];

function kindOf(actions: readonly string[]): string {
  return kinds.find(([action]) => actions.includes(action))?.[1] ?? "Other";
}

/** Listing has a condition of its own, so it does not share a statement with other actions on the bucket. */
function isListing(action: string): boolean {
  return action === "s3:ListBucket";
}

function resourceOf(right: AthenaNeed["right"] | undefined): string {
  return right?.folder ? `${right.resource}*` : (right?.resource ?? "");
}

function runbooksOf(rights: readonly NeededRight[]): string[] {
  return distinct(rights.map(({ runbook }) => runbook));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
