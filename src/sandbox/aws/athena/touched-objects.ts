import type { Engine } from "./engine.ts";
import type { AthenaTable } from "./table.ts";
import { partitionConjuncts, type TableRead, unqualified } from "./tables-read.ts";

/** One object in S3, and what reading it counts for. */
export type StoredObject = { bucket: string; prefix: string; key: string; bytes: number };

/** Each partition lies in two objects, so that a query over a single one can still be stopped half-way. */
const objectsPerPartition = 2;

/**
 * The objects of those partitions that pass the query's conditions on partition columns. The conditions are
 * evaluated by the engine itself over the partitions there are; without any, or when one can't be evaluated
 * alone, all of the table is read.
 */
export async function touchedObjects(
  read: TableRead,
  table: AthenaTable,
  engine: Engine,
): Promise<StoredObject[]> {
  const { bucket, prefix, partitionColumns, bytesPerRow } = table;
  const columns = partitionColumns.map((name) => `"${name}"`).join(", ");
  const from = `SELECT ${columns}${columns ? ", " : ""}count(*) AS athena_rows FROM ${table.name}`;
  const grouped = columns ? ` GROUP BY ${columns} ORDER BY ${columns}` : "";
  const where = await partitionCondition(read, table, engine);
  const { rows } = await engine
    .run(`${from}${where}${grouped}`, table.database)
    .catch(() => engine.run(`${from}${grouped}`, table.database));

  return rows.flatMap((row) => {
    const folder = partitionColumns.reduce(
      (path, name, index) => path.replaceAll(`\${${name}}`, row[index] ?? ""),
      prefix,
    );
    const bytes = Math.ceil((Number(row.at(-1)) * bytesPerRow) / objectsPerPartition);
    return Array.from({ length: objectsPerPartition }, (_, part) => ({
      bucket,
      prefix: folder,
      key: `${folder}part-0000${part}.gz`,
      bytes,
    }));
  });
}

/** The conditions as SQL text, by way of a SELECT whose WHERE is replaced in the tree. */
async function partitionCondition(read: TableRead, table: AthenaTable, engine: Engine): Promise<string> {
  const conjuncts = partitionConjuncts(read, table);
  if (conjuncts.length === 0) return "";
  const carrier = await engine.parse("SELECT 1 WHERE true");
  if (carrier.status === "refused") return "";
  const texts = await Promise.all(
    conjuncts.map(async (conjunct) => {
      const node = { ...(carrier.tree.statements[0]?.node as object), where_clause: unqualified(conjunct) };
      const select = await engine.unparse({ ...carrier.tree, statements: [{ node }] });
      return select.slice(select.indexOf("WHERE ") + "WHERE ".length);
    }),
  );
  return ` WHERE ${texts.join(" AND ")}`;
}
