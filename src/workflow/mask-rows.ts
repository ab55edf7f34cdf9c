import { maskCell } from "../runbook/mask-cell.ts";
import type { OutputColumn } from "../runbook/plan.ts";
import type { Row } from "./ports.ts";

/**
 * The rows as they may leave the worker: what the data source allows only masked is masked here, once, so that no
 * table, file or hash is ever made of the value itself.
 */
export function maskRows(rows: readonly Row[], columns: readonly OutputColumn[]): readonly Row[] {
  const masked = columns.filter(({ alwaysMasked }) => alwaysMasked);
  if (masked.length === 0) return rows;
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(
      masked.flatMap(({ name, mask }) => {
        const value = row[name];
        return value === undefined ? [] : [[name, maskCell(value, mask)] as const];
      }),
    ),
  }));
}
