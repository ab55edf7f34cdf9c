import { approveLess } from "./approve-less.ts";
import { cancelRequest } from "./cancel-request.ts";
import { castVote } from "./cast-vote.ts";
import { closeIncident } from "./close-incident.ts";
import type { Deps } from "./deps.ts";
import { comeBack, delegationsFrom, goAway } from "./delegate.ts";
import { endGrant } from "./end-grant.ts";
import { endIfArchived } from "./end-if-archived.ts";
import { explainTo, whoTo } from "./explain-to.ts";
import { offerBreakGlass } from "./offer-break-glass.ts";
import { offerRecipe } from "./offer-recipe.ts";
import { recipesFor } from "./recipes-for.ts";
import { requestsOf } from "./requests-of.ts";
import { giveReview, takeReview } from "./review-break-glass.ts";
import { runAgain } from "./run-again.ts";
import { runAnotherQuery } from "./run-another-query.ts";
import { runbooksFor } from "./runbooks-for.ts";
import { submitRequest } from "./submit-request.ts";
import type { UseCases } from "./use-cases.ts";
import { viewRequest } from "./view-request.ts";
import { waitingFor } from "./waiting-for.ts";

/** Everything that a person can do, with what it needs; the same for every door. */
export function createUseCases(deps: Deps): UseCases {
  return {
    runbooksFor: (person) => runbooksFor(deps, person, deps.clock.now()),
    submitRequest: (ask) => submitRequest(deps, ask),
    offerBreakGlass: (ask) => offerBreakGlass(deps, ask),
    offerRecipe: (ask) => offerRecipe(deps, ask),
    recipesFor: (person) => recipesFor(deps, person),
    takeReview: (act) => takeReview(deps, act),
    giveReview: (act) => giveReview(deps, act),
    castVote: (act) => castVote(deps, act),
    approveLess: (act) => approveLess(deps, act),
    cancelRequest: (act) => cancelRequest(deps, act),
    endGrant: (act) => endGrant(deps, act),
    closeIncident: (closing) => closeIncident(deps, closing),
    channelArchived: (channel) => endIfArchived(deps, channel),
    runAgain: (act) => runAgain(deps, act),
    runAnotherQuery: (asked) => runAnotherQuery(deps, asked),
    requestsOf: (person, limit) => requestsOf(deps, person, limit),
    viewRequest: (act) => viewRequest(deps, act),
    goAway: (ask) => goAway(deps, ask),
    comeBack: (by) => comeBack(deps, by),
    delegations: () => delegationsFrom(deps, deps.clock.now()),
    explain: (question) => explainTo(deps, question),
    who: (question) => whoTo(deps, question),
    waitingFor: (person) => waitingFor(deps, person),
  };
}
