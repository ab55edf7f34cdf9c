import { meaningful, sqlTokens } from "./sql-tokens.ts";

export type StatementKind =
  | { kind: "select"; sql: string }
  /** `validate`: `EXPLAIN (TYPE VALIDATE)`, which answers true or fails; else the plan's text. */
  | { kind: "explain"; sql: string; validate: boolean }
  /** Anything that changes or describes the catalogue or writes to S3; `needs` is the call that Athena would forward. */
  | { kind: "other"; word: string; needs: { service: "glue" | "s3"; operation: string } };

/** What one statement does, by its first words. */
export function statementKind(sql: string): StatementKind {
  const words = meaningful(sqlTokens(sql));
  const [first, second, third, fourth, fifth, sixth] = words.map(({ text }) => text.toUpperCase());
  if (first === "SELECT" || first === "WITH" || first === "(" || first === "VALUES")
    return { kind: "select", sql };
  if (first === "EXPLAIN") {
    const isTyped = second === "(" && third === "TYPE" && fifth === ")";
    const body = isTyped ? words[5] : words[1];
    const start = (isTyped ? sixth : second) === undefined ? sql.length : (body?.at ?? sql.length);
    return { kind: "explain", sql: sql.slice(start), validate: isTyped && fourth === "VALIDATE" };
  }
  return { kind: "other", word: first ?? "", needs: needed(first ?? "", second ?? "") };
}

/** AWS counts SHOW, DESCRIBE and EXPLAIN as UTILITY. */
export function statementType(kind: StatementKind): "DML" | "DDL" | "UTILITY" {
  if (kind.kind === "select") return "DML";
  if (kind.kind === "explain") return "UTILITY";
  if (/^(INSERT|UNLOAD|DELETE|UPDATE|MERGE)$/u.test(kind.word)) return "DML";
  return /^(SHOW|DESCRIBE|DESC)$/u.test(kind.word) ? "UTILITY" : "DDL";
}

function needed(first: string, second: string): { service: "glue" | "s3"; operation: string } {
  const isDatabase = second === "DATABASE" || second === "SCHEMA";
  switch (first) {
    case "INSERT":
    case "UNLOAD":
    case "MERGE":
    case "UPDATE":
    case "DELETE":
      return { service: "s3", operation: "PutObject" };
    case "CREATE":
      return { service: "glue", operation: isDatabase ? "CreateDatabase" : "CreateTable" };
    case "DROP":
      return { service: "glue", operation: isDatabase ? "DeleteDatabase" : "DeleteTable" };
    case "ALTER":
    case "MSCK":
      return { service: "glue", operation: "UpdateTable" };
    default:
      return { service: "glue", operation: "GetTables" };
  }
}
