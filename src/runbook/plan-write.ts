import { keyNames } from "../dynamodb/key-values.ts";
import { readUpdate, type AttributeChange } from "../dynamodb/read-update.ts";
import type { GetItemCall, UpdateItemCall } from "../dynamodb/requests.ts";
import type { TableSchema } from "../dynamodb/table-schema.ts";

/** What a write does and what must be seen of it, read from the very request. */
export type WriteParts = {
  changes: readonly AttributeChange[];
  /** The before image: every attribute that is changed or that the condition names, keys left out; sorted. */
  attributes: string[];
  /** Reads exactly these attributes of exactly this item, strongly consistent. */
  look: GetItemCall;
};

/** Throws `RequestError` for a write that can't be read. */
export function plannedWrite({ request }: UpdateItemCall, schema: TableSchema): WriteParts {
  const { changes, conditioned } = readUpdate(request, schema);
  const keys = keyNames(schema.keys);
  const attributes = [...new Set([...changes.map(({ attribute }) => attribute), ...conditioned])]
    .filter((name) => !keys.includes(name))
    .sort();
  const names = Object.fromEntries(attributes.map((name, at) => [`#a${at + 1}`, name]));
  return {
    changes,
    attributes,
    look: {
      action: "dynamodb:GetItem",
      request: {
        TableName: request.TableName,
        Key: request.Key,
        ProjectionExpression: Object.keys(names).join(", "),
        ExpressionAttributeNames: names,
        ConsistentRead: true,
      },
    },
  };
}
