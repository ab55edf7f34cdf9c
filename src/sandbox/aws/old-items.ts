import { AwsError } from "./aws-error.ts";
import type { CheckedRequest, DynamoDbEngine } from "./dynalite-engine.ts";

const option = "ReturnValuesOnConditionCheckFailure";

/** The item that stood in the way of a conditional write (`ALL_OLD`), which dynalite leaves out. */
export function withOldItems(engine: DynamoDbEngine): DynamoDbEngine {
  return {
    ...engine,
    check: (operation, parameters) => {
      const request = engine.check(operation, parameters);
      return parameters[option] === undefined ? request : { ...request, [option]: parameters[option] };
    },
    run: async (operation, request) => {
      try {
        return await engine.run(operation, request);
      } catch (error) {
        const failed = error instanceof AwsError && error.code === "ConditionalCheckFailedException";
        if (!failed || request[option] !== "ALL_OLD") throw error;
        const { code, message, status, body } = error;
        const Item = await itemOf(engine, request);
        throw new AwsError(code, message, { status, body: { ...(body as object), ...(Item && { Item }) } });
      }
    },
  };
}

async function itemOf(engine: DynamoDbEngine, request: CheckedRequest): Promise<object | undefined> {
  const TableName = String(request["TableName"]);
  const item = (request["Key"] ?? request["Item"]) as Record<string, unknown>;
  const table = await engine.describe(TableName);
  const names = (table?.KeySchema ?? []).map((key) => key.AttributeName);
  const Key = Object.fromEntries(names.map((name) => [name, item[name]]));
  const read = engine.check("GetItem", { TableName, Key, ConsistentRead: true });
  const { Item } = (await engine.run("GetItem", read)) as { Item?: object };
  return Item;
}
