import { AwsError } from "./aws-error.ts";
import type { DynamoDbEngine } from "./dynalite-engine.ts";

/**
 * Time to live, which dynalite lacks: the setting is kept and answered as DynamoDB does. Nothing is deleted;
 * DynamoDB itself deletes within days, so nobody may rely on it.
 */
export function withTimeToLive(engine: DynamoDbEngine): DynamoDbEngine {
  const attributes = new Map<string, string>();

  async function table(request: Record<string, unknown>): Promise<string> {
    const name = String(request["TableName"]);
    if (!(await engine.describe(name))) {
      throw new AwsError(
        "ResourceNotFoundException",
        `Requested resource not found: Table: ${name} not found`,
      );
    }
    return name;
  }

  return {
    ...engine,
    supports: (operation) => operation.endsWith("TimeToLive") || engine.supports(operation),
    check: (operation, parameters) => {
      if (!operation.endsWith("TimeToLive")) return engine.check(operation, parameters);
      if (typeof parameters["TableName"] !== "string") throw invalid("TableName must not be null");
      return parameters;
    },
    run: async (operation, request) => {
      if (operation === "DescribeTimeToLive") {
        const attribute = attributes.get(await table(request));
        return {
          TimeToLiveDescription:
            attribute === undefined
              ? { TimeToLiveStatus: "DISABLED" }
              : { TimeToLiveStatus: "ENABLED", AttributeName: attribute },
        };
      }
      if (operation !== "UpdateTimeToLive") return engine.run(operation, request);
      const name = await table(request);
      const wanted = request["TimeToLiveSpecification"] as { Enabled?: boolean; AttributeName?: string };
      if (typeof wanted?.AttributeName !== "string" || typeof wanted.Enabled !== "boolean") {
        throw invalid("TimeToLiveSpecification needs Enabled and AttributeName");
      }
      if (wanted.Enabled === attributes.has(name)) {
        throw invalid(`TimeToLive is already ${wanted.Enabled ? "enabled" : "disabled"}`);
      }
      if (wanted.Enabled) attributes.set(name, wanted.AttributeName);
      else attributes.delete(name);
      return { TimeToLiveSpecification: wanted };
    },
  };
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
