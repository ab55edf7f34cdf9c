import type { CheckedRequest } from "./dynalite-engine.ts";
import type { Access } from "./dynamodb-accesses.ts";

/**
 * PartiQL's actions and tables, enough to refuse by: the sandbox runs no PartiQL. A policy that allows
 * `dynamodb:Query` doesn't allow any of these.
 */
export function partiqlAccesses(operation: string, request: CheckedRequest): Access[] {
  const statements =
    operation === "ExecuteStatement"
      ? [request]
      : ((request["Statements"] ?? request["TransactStatements"] ?? []) as CheckedRequest[]);
  return statements.map(({ Statement }) => {
    const text = typeof Statement === "string" ? Statement : "";
    const verb = /^\s*(select|insert|update|delete)\b/iu.exec(text)?.[1]?.toLowerCase() ?? "select";
    const [, table, index] = /\b(?:from|into|update)\s+"?([\w.-]+)"?(?:\."([\w.-]+)")?/iu.exec(text) ?? [];
    return {
      action: `PartiQL${verb.charAt(0).toUpperCase()}${verb.slice(1)}`,
      ...(table !== undefined && { table }),
      ...(index !== undefined && { index }),
      context: operation === "ExecuteTransaction" ? { "dynamodb:EnclosingOperation": operation } : {},
    };
  });
}
