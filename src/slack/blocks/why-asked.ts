import type { Request } from "../../request/request.ts";
import { type AskedFor, whyAsked } from "../../request/why-asked.ts";
import { approvalOf, stepsOf } from "../../request/approval.ts";
import type { PersonId } from "../../runbook/plan.ts";
import { groups } from "../sentences.ts";
import { joinMarkup, literal, type Markup, markup } from "./markup.ts";
import { list } from "./words.ts";

/** “You are asked because you are in orders-platform (policy orders-read).” With several steps it says for which, and that one vote counts for one. */
export function whyAskedSentence(request: Request, person: PersonId | undefined): Markup {
  const own = person ? whyAsked(request, person) : [];
  const [first, ...more] = own;
  if (!first) return markup`You are asked because you are in ${groups(approvalOf(request).groups)}.`;
  if (stepsOf(approvalOf(request)).length < 2)
    return markup`You are asked because you are in ${membership(first)}.`;
  const steps = joinMarkup(
    own.map((one) => markup`${membership(one)} for the step *${literal(one.step)}*${turn(one)}`),
    ", and in ",
  );
  const once = more.length > 0 ? markup` You count once, for whichever of them needs you.` : markup``;
  return markup`You are asked because you are in ${steps}.${once}`;
}

function membership({ groups: names, because }: AskedFor): Markup {
  return markup`${groups(names)} (${literal(list(because))})`;
}

function turn({ turn: now }: AskedFor): Markup {
  switch (now) {
    case "now":
      return markup``;
    case "later":
      return markup`, which comes later`;
    case "complete":
      return markup`, which has its approvals`;
  }
}
