/** Where something stands in the SQL text; both count from 1. */
export type Place = { line: number; column: number };

export type RefusalCode =
  // the text itself
  | "too-long"
  | "too-deep"
  | "too-slow"
  | "busy"
  | "not-sql"
  | "several-statements"
  | "not-a-query"
  | "not-supported"
  | "identifier"
  | "parameter"
  // what it reads
  | "table"
  | "view"
  | "column"
  | "masked-column"
  | "star"
  | "function"
  // how much of it
  | "limit"
  | "partition"
  | "range"
  | "empty-range"
  | "joins"
  | "relations";

/** Why a statement is not admitted: one sentence with what, why and how to fix it, and where. */
export type Refusal = Place & { code: RefusalCode; message: string };

export function refusal(code: RefusalCode, message: string, { line, column }: Place): Refusal {
  return { code, message, line, column };
}

/** Carries one refusal out of the parser and the tree readers; never leaves this folder. */
export class SqlRefused extends Error {
  override readonly name = "SqlRefused";
  readonly refusal: Refusal;

  constructor(code: RefusalCode, message: string, place: Place) {
    super(message);
    this.refusal = refusal(code, message, place);
  }
}

export const atStart: Place = { line: 1, column: 1 };
