import { compileAthenaPolicy } from "./compile-athena-policy.ts";
import { compileDynamoDbPolicy } from "./compile-dynamodb-policy.ts";
import { byEngine, type PlannedCalls } from "./planned-calls.ts";
import type { PolicyDocument } from "./policy-document.ts";

/**
 * The tightest session policy under which the calls work, still without expiry (`leasePolicy` adds it).
 *
 * Throws `RequestError` for a call that can't be read and `PolicyRefused` for a value that can't be written
 * so that it means only itself, or a plan that contradicts itself.
 */
export function compileSessionPolicy(input: PlannedCalls): PolicyDocument {
  const { engine, plan } = byEngine(input);
  return engine === "athena" ? compileAthenaPolicy(plan) : compileDynamoDbPolicy(plan);
}
