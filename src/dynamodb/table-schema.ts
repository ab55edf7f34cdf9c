/** The keys of a catalogued table, as its owner declared them in `datasources.yml`. */
export type TableSchema = {
  keys: TableKeys;
  indexes: Readonly<Record<string, TableKeys & { type: "GSI" | "LSI" }>>;
};

export type TableKeys = { partitionKey: string; sortKey?: string };
