import type { PersonId } from "../runbook/plan.ts";
import { approveLess } from "./approve-less.ts";
import { cancelRequest } from "./cancel-request.ts";
import { castVote } from "./cast-vote.ts";
import { closeIncident } from "./close-incident.ts";
import type { Deps } from "./deps.ts";
import { comeBack, delegationsFrom, goAway } from "./delegate.ts";
import { endGrant } from "./end-grant.ts";
import { endIfArchived } from "./end-if-archived.ts";
import { explainTo, whoTo } from "./explain-to.ts";
import { onOurCard } from "./on-our-card.ts";
import { offerBreakGlass } from "./offer-break-glass.ts";
import { offerRecipe } from "./offer-recipe.ts";
import { recipesFor } from "./recipes-for.ts";
import { refuseForm } from "./refuse-form.ts";
import { requestsOf } from "./requests-of.ts";
import { giveReview, takeReview } from "./review-break-glass.ts";
import { runAgain } from "./run-again.ts";
import { runAnotherQuery } from "./run-another-query.ts";
import { runbooksFor } from "./runbooks-for.ts";
import { submitRequest } from "./submit-request.ts";
import type { UseCases } from "./use-cases.ts";
import { viewRequest } from "./view-request.ts";
import { waitingFor } from "./waiting-for.ts";

/** Everything that a person can do, with what it needs; the same for every door. Who acts is known by every link that there is. */
export function createUseCases(deps: Deps): UseCases {
  const { identify } = deps.people;
  const actor = <A extends { by: PersonId }>(act: A): A => ({ ...act, by: identify(act.by) });
  const asker = <A extends { requester: PersonId }>(ask: A): A => ({
    ...ask,
    requester: identify(ask.requester),
  });
  return {
    runbooksFor: (person) => runbooksFor(deps, identify(person), deps.clock.now()),
    refuseForm: (ask) => refuseForm(deps, asker(ask)),
    submitRequest: (ask) => submitRequest(deps, asker(ask)),
    offerBreakGlass: (ask) => offerBreakGlass(deps, asker(ask)),
    offerRecipe: (ask) => offerRecipe(deps, asker(ask)),
    recipesFor: (person) => recipesFor(deps, identify(person)),
    takeReview: (act) => takeReview(deps, actor(act)),
    giveReview: (act) => giveReview(deps, actor(act)),
    castVote: (given) => {
      const act = actor(given);
      return onOurCard(deps, act, `${act.decision} request`, () => castVote(deps, act));
    },
    approveLess: (given) => {
      const act = actor(given);
      return onOurCard(deps, act, "approve less", () => approveLess(deps, act));
    },
    cancelRequest: (act) => cancelRequest(deps, actor(act)),
    endGrant: (act) => endGrant(deps, actor(act)),
    closeIncident: (closing) => closeIncident(deps, actor(closing)),
    channelArchived: (channel) => endIfArchived(deps, channel),
    runAgain: (act) => runAgain(deps, actor(act)),
    runAnotherQuery: (asked) => runAnotherQuery(deps, actor(asked)),
    requestsOf: (person, limit) => requestsOf(deps, identify(person), limit),
    viewRequest: (act) => viewRequest(deps, actor(act)),
    goAway: (ask) => goAway(deps, { ...actor(ask), delegate: identify(ask.delegate) }),
    comeBack: (by) => comeBack(deps, identify(by)),
    delegations: () => delegationsFrom(deps, deps.clock.now()),
    explain: (question) => explainTo(deps, asker(question)),
    who: (question) => whoTo(deps, asker(question)),
    waitingFor: (person) => waitingFor(deps, identify(person)),
  };
}
