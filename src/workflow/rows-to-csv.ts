import type { OutputColumn } from "../runbook/plan.ts";
import type { Row } from "./ports.ts";

/**
 * RFC 4180 with a header row. A cell that a spreadsheet could take for a formula (its first character, spaces and
 * quotes aside, is `=`, `+`, `-`, `@`, or it begins with a tab or carriage return) gets a leading apostrophe;
 * plain numbers stay numbers.
 */
export function rowsToCsv(rows: readonly Row[], columns: readonly OutputColumn[]): string {
  const header = columns.map((column) => cell(column.title));
  const lines = rows.map((row) => columns.map((column) => cell(row[column.name] ?? "")));
  return [header, ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const FORMULA = /^[\s"']*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;

function cell(text: string): string {
  const inert = !NUMBER.test(text) && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
