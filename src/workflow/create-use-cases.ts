import { cancelRequest } from "./cancel-request.ts";
import { castVote } from "./cast-vote.ts";
import type { Deps } from "./deps.ts";
import { endGrant } from "./end-grant.ts";
import { runAgain } from "./run-again.ts";
import { runAnotherQuery } from "./run-another-query.ts";
import { runbooksFor } from "./runbooks-for.ts";
import { submitRequest } from "./submit-request.ts";
import type { UseCases } from "./use-cases.ts";
import { viewRequest } from "./view-request.ts";

/** Everything that a person can do, with what it needs; the same for every door. */
export function createUseCases(deps: Deps): UseCases {
  return {
    runbooksFor: (person) => runbooksFor(deps, person),
    submitRequest: (ask) => submitRequest(deps, ask),
    castVote: (act) => castVote(deps, act),
    cancelRequest: (act) => cancelRequest(deps, act),
    endGrant: (act) => endGrant(deps, act),
    runAgain: (act) => runAgain(deps, act),
    runAnotherQuery: (asked) => runAnotherQuery(deps, asked),
    requestsOf: (person, limit) => deps.store.ofPerson(person, limit),
    viewRequest: (act) => viewRequest(deps, act),
  };
}
