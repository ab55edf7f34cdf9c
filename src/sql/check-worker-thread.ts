import { parentPort } from "node:worker_threads";
import { analyze } from "./analyze.ts";
import type { CheckJob } from "./check-in-worker.ts";
import { checkSql } from "./check-sql.ts";

// The entry of the thread that `check-in-worker.ts` starts; not imported by anyone.
// The first text costs ten times what the next ones do; let it be ours, before anyone's deadline runs.
const nothing = {
  defaultCatalog: "",
  defaultDatabase: "",
  parameters: "none",
  declared: () => undefined,
} as const;
analyze(
  "WITH t AS (SELECT a, count(*) AS n FROM b WHERE c = 'd' GROUP BY a) SELECT a FROM t WHERE n > 1 LIMIT 1",
  nothing,
);

parentPort?.on("message", ({ text, guardrails, now }: CheckJob) => {
  parentPort?.postMessage(checkSql(text, guardrails, now));
});
parentPort?.postMessage("ready");
