import type { CheckedRequest, Table } from "./dynalite-engine.ts";

/**
 * The parts of a checked request that IAM looks at. The underscored ones are what dynalite's own expression
 * parsers found, with `#names` resolved: read by code that is not the product's, so that the two can disagree.
 */
export type RequestPart = CheckedRequest & {
  Key?: Record<string, AttributeValue>;
  Keys?: Record<string, AttributeValue>[];
  Item?: Record<string, AttributeValue>;
  ExclusiveStartKey?: Record<string, AttributeValue>;
  IndexName?: string;
  Select?: string;
  AttributesToGet?: string[];
  KeyConditions?: Record<string, { ComparisonOperator: string; AttributeValueList: AttributeValue[] }>;
  QueryFilter?: object;
  ScanFilter?: object;
  Expected?: object;
  AttributeUpdates?: object;
  _projection?: { paths: Path[] };
  _keyCondition?: { pathHeads: object };
  _filter?: { pathHeads: object };
  _condition?: { pathHeads: object };
  _updates?: { sections: UpdateSection[] };
};

type AttributeValue = Record<string, unknown>;
type Path = [head: string, ...rest: (string | number)[]];
type UpdateSection = { path: Path; val?: UpdateOperand };
type UpdateOperand = Path | { args: UpdateOperand[] } | AttributeValue;

/** `dynamodb:LeadingKeys`: the partition key values of the table, or of the index where one is queried. */
export function leadingKeys(part: RequestPart, table: Table | undefined): string[] {
  const schema = keySchema(part, table);
  const partitionKey = schema?.find((key) => key.KeyType === "HASH")?.AttributeName;
  if (partitionKey === undefined) return [];
  const condition = part.KeyConditions?.[partitionKey];
  const values = [
    part.Key?.[partitionKey],
    part.Item?.[partitionKey],
    ...(part.Keys ?? []).map((key) => key[partitionKey]),
    ...(condition?.ComparisonOperator === "EQ" ? condition.AttributeValueList : []),
  ];
  return [...new Set(values.filter((value) => value !== undefined).map(keyText))];
}

/** `dynamodb:Attributes`: top-level names anywhere in the request, not in the answer. */
export function attributes(part: RequestPart): string[] {
  const { _projection: projection, _keyCondition: keyCondition, _filter: filter } = part;
  const { _condition: condition, _updates: updates } = part;
  const records = [
    part.Key,
    part.Item,
    ...(part.Keys ?? []),
    part.ExclusiveStartKey,
    part.KeyConditions,
    part.QueryFilter,
    part.ScanFilter,
    part.Expected,
    part.AttributeUpdates,
    keyCondition?.pathHeads,
    filter?.pathHeads,
    condition?.pathHeads,
  ];
  const names = [
    ...records.flatMap((record) => Object.keys(record ?? {})),
    ...(part.AttributesToGet ?? []),
    ...(projection?.paths ?? []).map(([head]) => head),
    ...(updates?.sections ?? []).flatMap(({ path, val }) => [path[0], ...operandNames(val)]),
  ];
  return [...new Set(names)].sort();
}

/** `dynamodb:Select` as DynamoDB defaults it: with a projection, and without one on a table or an index. */
export function select(part: RequestPart): string {
  const { _projection: projection } = part;
  if (part.Select !== undefined) return part.Select;
  if (projection ?? part.AttributesToGet) return "SPECIFIC_ATTRIBUTES";
  return part.IndexName === undefined ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES";
}

function keySchema(part: RequestPart, table: Table | undefined) {
  if (part.IndexName === undefined) return table?.KeySchema;
  const indexes = [...(table?.GlobalSecondaryIndexes ?? []), ...(table?.LocalSecondaryIndexes ?? [])];
  return indexes.find((index) => index.IndexName === part.IndexName)?.KeySchema;
}

/** The text of a key value: as it stands for S, the number's text for N, base64 for B. */
function keyText(value: AttributeValue): string {
  return String(Object.values(value)[0]);
}

function operandNames(operand: UpdateOperand | undefined): string[] {
  if (operand === undefined) return [];
  if (Array.isArray(operand)) return [operand[0]];
  return Array.isArray(operand["args"]) ? (operand["args"] as UpdateOperand[]).flatMap(operandNames) : [];
}
