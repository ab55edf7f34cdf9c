import { readRequest, type RequestFacts } from "../dynamodb/read-request.ts";
import type { DynamoDbCall } from "../dynamodb/requests.ts";
import type { TableSchema } from "../dynamodb/table-schema.ts";
import { dynamoDbArn } from "./dynamodb-arn.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";
import { PolicyRefused } from "./policy-refused.ts";
import type { PolicyTarget } from "./policy-target.ts";

/** DynamoDB calls, reads and at most one write, the keys of their tables, where they live. */
export type PlannedReads = {
  calls: readonly DynamoDbCall[];
  schemas: Readonly<Record<string, TableSchema>>;
  target: PolicyTarget;
};

/**
 * One statement holds one action on one table or index, with the partitions and attributes of its calls. Calls
 * share a statement only if they differ in their partitions alone; sharing more would allow a partition of
 * one call with the attributes of another.
 *
 * Throws `RequestError` for a call that can't be read and `PolicyRefused` for a value that can't be written
 * so that it means only itself.
 */
export function compileDynamoDbPolicy(input: PlannedReads): PolicyDocument {
  const groups = new Map<string, Shared>();
  for (const call of input.calls) {
    const shared = sharedByStatement(call, input);
    const key = JSON.stringify([
      shared.action,
      shared.resource,
      shared.select,
      shared.returnValues,
      shared.attributes,
    ]);
    const group = groups.get(key);
    groups.set(
      key,
      group ? { ...group, leadingKeys: [...group.leadingKeys, ...shared.leadingKeys] } : shared,
    );
  }
  return {
    Version: "2012-10-17",
    Statement: [...groups.values()].map((group) => statement(group, input.target.region)),
  };
}

/** The catalogue's keys of the table that a call reads. Throws `PolicyRefused` if there are none. */
export function schemaOf(call: DynamoDbCall, schemas: PlannedReads["schemas"]): TableSchema {
  const table =
    call.action === "dynamodb:BatchGetItem"
      ? Object.keys(call.request.RequestItems)[0]
      : call.request.TableName;
  const schema = table !== undefined && Object.hasOwn(schemas, table) ? schemas[table] : undefined;
  if (!schema)
    throw new PolicyRefused("unknown-table", `Table ${JSON.stringify(table ?? "")} is not in the catalogue.`);
  return schema;
}

type Shared = Pick<RequestFacts, "leadingKeys" | "attributes" | "select" | "returnValues"> & {
  action: string;
  resource: string;
};

function sharedByStatement(call: DynamoDbCall, input: PlannedReads): Shared {
  const facts = readRequest(call, schemaOf(call, input.schemas));
  const { table, index, leadingKeys, attributes, select, returnValues } = facts;
  for (const value of [...leadingKeys, ...attributes]) expectLiteral(value);
  return {
    action: call.action,
    resource: dynamoDbArn(input.target, table, index),
    leadingKeys,
    attributes,
    ...(select !== undefined && { select }),
    ...(returnValues !== undefined && { returnValues }),
  };
}

/**
 * The closed template. `ForAllValues` is true for a key that the request does not have, hence the `Null`
 * guards; `Select` keeps a request without projection from returning every attribute, `ReturnValues` a write from
 * returning the whole item. A Scan names no partition, so nothing can be said of partitions there.
 */
function statement(group: Shared, region: string): Statement {
  const keys = [...new Set(group.leadingKeys)].sort();
  const hasKeys = group.action !== "dynamodb:Scan";
  return {
    Effect: "Allow",
    Action: group.action,
    Resource: group.resource,
    Condition: {
      "ForAllValues:StringEquals": {
        ...(hasKeys && { "dynamodb:LeadingKeys": keys }),
        "dynamodb:Attributes": group.attributes,
      },
      StringEquals: {
        ...(group.select !== undefined && { "dynamodb:Select": group.select }),
        ...(group.returnValues !== undefined && { "dynamodb:ReturnValues": group.returnValues }),
        "aws:RequestedRegion": region,
      },
      Null: { ...(hasKeys && { "dynamodb:LeadingKeys": "false" }), "dynamodb:Attributes": "false" },
    },
  };
}

/** `*` and `?` mean themselves in `StringEquals`; a `${` would be filled in by IAM. */
function expectLiteral(value: string): void {
  if (value.includes("${")) {
    throw new PolicyRefused(
      "policy-variable",
      `${JSON.stringify(value)} contains "\${", which AWS would fill in.`,
    );
  }
  if (!/^[\u0020-\u00FF]*$/u.test(value)) {
    throw new PolicyRefused(
      "charset",
      `${JSON.stringify(value)} has a character that AWS session policies can't hold.`,
    );
  }
}
