import type { CheckSql } from "../runbook/check-inputs.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import type { Clock, Directory, Log, OpenPlaces, RequestStore, WorkQueue } from "./ports.ts";

/** What every use case is given. */
export type Deps = {
  store: RequestStore;
  places: OpenPlaces;
  queue: WorkQueue;
  directory: Directory;
  clock: Clock;
  log: Log;
  /** The last good set of files; asked anew for each decision. */
  catalogue: () => Catalogue;
  /** Holds SQL that a requester wrote to guardrails, away from everybody else's work. */
  checkSql: CheckSql;
  /** Team of people that `access.yml` names without one. */
  team: string;
};
