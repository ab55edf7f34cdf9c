import type { CheckSql } from "../runbook/own-query.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import type {
  Allowances,
  Channels,
  Clock,
  Delegations,
  Directory,
  Log,
  OpenPlaces,
  People,
  RecipeBook,
  RequestStore,
  ReviewBook,
  WorkQueue,
} from "./ports.ts";

/** What every use case is given. */
export type Deps = {
  store: RequestStore;
  places: OpenPlaces;
  reviews: ReviewBook;
  queue: WorkQueue;
  directory: Directory;
  channels: Channels;
  people: People;
  allowances: Allowances;
  delegations: Delegations;
  recipes: RecipeBook;
  /** Ids of all open requests, a moment behind; some of them may be over. */
  openRequests: () => Promise<readonly string[]>;
  clock: Clock;
  log: Log;
  /** The last good set of files; asked anew for each decision. */
  catalogue: () => Catalogue;
  /** Reads SQL that a requester wrote and holds it to guardrails, away from everybody else's work; nothing else parses it. */
  checkSql: CheckSql;
  /** Team of people that `access.yml` names without one. */
  team: string;
};
