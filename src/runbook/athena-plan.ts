import type { Classification } from "./plan.ts";

/** One Athena query in Athena's own names (API reference: StartQueryExecution). */
export type AthenaCall = {
  action: "athena:StartQueryExecution";
  request: {
    WorkGroup: string;
    QueryExecutionContext: { Catalog: string; Database: string };
    /** The canonical text: what is hashed, shown and executed. Inputs stand as `?`. */
    QueryString: string;
    /** One SQL literal per `?`, in order, made by the typed encoder. */
    ExecutionParameters?: readonly string[];
  };
};

/** What an Athena plan may touch, from the catalogue and from the analysed text. */
export type AthenaScope = {
  workgroup: AthenaWorkgroup;
  /** Glue catalog id (an account) and every table that is read. */
  glue: { catalogId: string; tables: readonly { database: string; table: string }[] };
  /** `bucket/prefix` of the data, narrowed by account and day where the query pins them; a prefix ends in `/`. */
  data: readonly { bucket: string; prefix: string }[];
  /** KMS keys (ARN) that the data or the results are encrypted with. */
  kmsKeys: readonly string[];
  /** The location is registered with Lake Formation, which then vends the data. */
  lakeFormation: boolean;
  reads: readonly { table: string; columns: readonly { name: string; classification: Classification }[] }[];
  /** Each partition column's range or values, in words: `day 2026/11/20 to 2026/11/21`. */
  bounds: readonly string[];
  /** Athena checks the query before it runs; absent: it runs at once. */
  preflight?: "validate";
  /** A run is stopped beyond it; the workgroup's own cutoff is the wall behind it. */
  maxBytesScanned: number;
};

export type AthenaWorkgroup = {
  name: string;
  /** `managed`: Athena keeps results for 24 h, read by GetQueryResults alone. `bucket`: they lie in S3. */
  results: { kind: "managed" } | { kind: "bucket"; bucket: string; prefix: string };
  /** How old a reused result may be; absent: never reused. */
  reuseMinutes?: number;
};
