import type { Access } from "../access-file.ts";
import type { DataSource } from "../data-sources.ts";
import type { Runbook } from "../runbook.ts";
import type { Path } from "../yaml-file.ts";

/** One thing that a runbook must (`error`) or should (`warning`) do. Ids are stable; people look them up. */
export type Rule = {
  id: string;
  severity: "error" | "warning";
  /** The demand in one sentence, as it stands in `docs/runbooks.md`. */
  says: string;
  /** Absent when the schema or the loader itself sees to it. */
  check?: (context: RuleContext) => Finding[];
};

/** `path` leads to the value inside the runbook's file; the rule's id is put before the message. */
export type Finding = { path: Path; message: string };

export type RuleContext = {
  runbook: Runbook;
  /** The file's name without `.yml`. */
  fileStem: string;
  /** Names of every runbook of the directory, also of those with problems. */
  names: ReadonlySet<string>;
  /** The runbook's own; undefined when it names one that there is not. */
  dataSource: DataSource | undefined;
  /** Undefined when the file could not be read; rules that need it then say nothing. */
  dataSources: ReadonlyMap<string, DataSource> | undefined;
  access: Access | undefined;
  today: Date;
};
