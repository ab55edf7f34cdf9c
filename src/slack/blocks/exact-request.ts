import type { KnownBlock, ModalView } from "@slack/types";
import { approvalOf } from "../../request/approval.ts";
import type { Request } from "../../request/request.ts";
import type { Plan } from "../../runbook/plan.ts";
import { recipeRows } from "../../runbook/recipe-rows.ts";
import { groups, stateWord, voterOf } from "../sentences.ts";
import { auditSentence } from "./audit-sentences.ts";
import { inputRows } from "./card-plan.ts";
import { bullets, context, divider, labelled, plain, preformatted, quote, section } from "./elements.ts";
import { inertLines } from "./inert.ts";
import { dateToken, joinMarkup, literal, type Markup, markup, mention } from "./markup.ts";
import { masksImage, shownCalls } from "./shown-image.ts";
import { recipeTerms, recipeUsers } from "./recipe-words.ts";
import { isQueryText, plannedQuery, type PlannedQuery, readableQuery, readsOf } from "./planned-query.ts";
import { minutes, shortDigest } from "./words.ts";

/**
 * Everything about a request in full: what the worker will send, the session policy and what each part of it
 * means, who decides, the votes, the record. For the requester, the approvers and admins alone: nothing is masked.
 *
 * @param explanations what each statement of the session policy allows, in the policy's order
 */
export function exactRequestView(request: Request, explanations: readonly string[]): ModalView {
  const judged = [
    ...whatWasAsked(request),
    divider(),
    ...recipe(request),
    ...inputs(request),
    ...whatIsSent(request),
    ...furtherQueries(request),
    divider(),
    ...sessionPolicy(request.plan.sessionPolicy, explanations),
    divider(),
    ...decisions(request),
  ];
  return {
    type: "modal",
    callback_id: "jit_exact_request",
    title: plain("The exact request", 24),
    close: plain("Close", 24),
    // The record takes what is left, and says what is missing.
    blocks: [...judged, ...record(request, Math.max(1, maxBlocks - 1 - judged.length))].slice(0, maxBlocks),
  };
}

const maxBlocks = 100; // of a modal; the parts below are capped so that they leave room for the record
const chunkLength = 2900; // below 3,000, the most that a text may hold
const maxChunks = 20;
const maxFurther = 3;

function whatWasAsked(request: Request): KnownBlock[] {
  const { plan } = request;
  const { name, title, version, riskLevel } = plan.runbook;
  return [
    section(
      markup`*${literal(title)}* (${literal(name)} v${literal(version)}, risk: ${literal(riskLevel)}) is ${literal(stateWord(request.state))}. ${mention(request.requester)} asked ${dateToken(request.createdAt)} for ${plan.recipe ? markup`a recipe` : markup`${literal(minutes(plan.grant.durationMinutes))} (${literal(plan.grant.kind)}, at most ${plan.grant.maxRuns} ${literal(plan.grant.maxRuns === 1 ? "run" : "runs")})`}.`,
    ),
    context(markup`Reason given by ${mention(request.requester)}:`),
    quote(request.reason),
    ...(request.reference === undefined ? [] : [labelled("Incident or ticket:", request.reference)]),
    section(
      markup`*Target* ${literal(plan.target.environment)} · ${literal(plan.target.dataSource)} · account ${literal(plan.target.account)} · ${literal(plan.target.region)}\nRole \`${literal(plan.target.role)}\``,
    ),
    labelled("Plan digest (SHA-256):", request.planDigest),
  ];
}

/** All that it allows, and for whom; what follows is one run of it at its widest. */
function recipe({ plan }: Request): KnownBlock[] {
  if (!plan.recipe) return [];
  return [
    section(
      markup`*Recipe* ${recipeTerms(plan.recipe)}, for ${recipeUsers(plan.recipe, Infinity)}; each is a single run of at most ${literal(minutes(plan.grant.durationMinutes))}`,
    ),
    ...recipeRows(plan, false).flatMap(({ title, value }) => [
      labelled(`${title}, allowed:`, value.slice(0, chunkLength), chunkLength),
      ...(value.length > chunkLength ? code(value.slice(chunkLength)) : []),
    ]),
    section(markup`*One run of it at its widest*`),
  ];
}

function inputs(request: Request): KnownBlock[] {
  const derived = Object.entries(request.plan.derived);
  return [
    ...inputRows(withoutQueryText(request.plan), false).map(({ title, value }) =>
      labelled(`${title}:`, value, chunkLength),
    ),
    ...(derived.length > 0 ? [bullets(derived.map(([name, value]) => `${name} (computed) = ${value}`))] : []),
  ];
}

function whatIsSent({ plan }: Request): KnownBlock[] {
  const query = plannedQuery(plan);
  const title = section(markup`*What is sent to AWS*, with every value`);
  if (!query) return [title, ...code(JSON.stringify(shownCalls(plan), undefined, 2)), ...maskedHere(plan)];
  const { QueryString, ExecutionParameters = [], ...rest } = query.request;
  const values = ExecutionParameters.map((value, at) => `? ${at + 1} = ${value}`);
  return [
    section(markup`*The query*, exactly as Athena gets it`),
    ...code(readableQuery(QueryString)),
    ...(values.length > 0 ? [section(markup`*Its values*, as SQL`), ...code(values.join("\n"), 12)] : []),
    section(markup`*The rest of what is sent to AWS*`),
    ...code(JSON.stringify({ action: "athena:StartQueryExecution", ...rest }, undefined, 2), 1),
    ...whatIsRead(query),
  ];
}

function maskedHere(plan: Plan): KnownBlock[] {
  return masksImage(plan, "requester")
    ? [
        context(
          plain("Values that were seen of sensitive attributes are masked here too; the digest covers them."),
        ),
      ]
    : [];
}

function whatIsRead({ scope }: PlannedQuery): KnownBlock[] {
  const data = scope.data.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`);
  return [
    section(markup`*What it reads*, by the catalogue’s classification`),
    ...code(readsOf(scope).join("\n"), 8),
    ...(scope.bounds.length > 0 ? [labelled("Only:", scope.bounds.join(" · "), chunkLength)] : []),
    ...(data.length > 0 ? [section(markup`*Where the data lies*`), ...code(data.join("\n"), 3)] : []),
  ];
}

/** What the requester asked since, under the same approval: the latest ones, each with the policy of its own session. */
function furtherQueries({ runs }: Request): KnownBlock[] {
  const asked = runs.flatMap(({ no, further }) => (further ? [{ no, ...further }] : []));
  const earlier = asked.length - maxFurther;
  return [
    ...(earlier > 0
      ? [context(plain(`${earlier} earlier queries don’t fit here; the audit has them.`))]
      : []),
    ...asked
      .slice(-maxFurther)
      .flatMap(({ no, plan, planDigest }) => [
        section(
          markup`*The requester’s own query of run ${no}*, plan \`${literal(shortDigest(planDigest))}\``,
        ),
        ...code(readableQuery(plannedQuery(plan)?.request.QueryString ?? ""), 2),
        ...code(plan.sessionPolicy, 1),
      ]),
  ];
}

function sessionPolicy(text: string, explanations: readonly string[]): KnownBlock[] {
  const statements = statementsOf(text);
  const title = section(
    markup`*Session policy*: what AWS allows this run, besides an expiry that each session adds`,
  );
  if (statements.length !== explanations.length)
    return [title, ...(explanations.length > 0 ? [bullets(explanations)] : []), ...code(text)];
  return [
    title,
    ...statements.flatMap((statement, index) => [
      section(plain(explanations[index] ?? "")),
      ...code(JSON.stringify(statement, undefined, 1), 4),
    ]),
  ];
}

function statementsOf(policy: string): unknown[] {
  const { Statement = [] } = JSON.parse(policy) as { Statement?: unknown };
  return Array.isArray(Statement) ? (Statement as unknown[]) : [Statement];
}

function decisions(request: Request): KnownBlock[] {
  const approval = approvalOf(request);
  const people = joinMarkup(approval.approvers.slice(0, 50).map(mention), ", ");
  const more = approval.approvers.length - 50;
  const votes = request.votes.map((vote) => {
    const word = vote.decision === "approve" ? markup`approved` : markup`denied`;
    return markup`${voterOf(vote)} ${word} ${dateToken(vote.at)}`;
  });
  const denial = request.votes.find((vote) => vote.decision === "deny");
  return [
    section(
      markup`*Decision* needs ${approval.count} of ${groups(approval.groups)} (policy ${literal(approval.policy)}): ${people}${more > 0 ? markup` and ${more} more` : markup``}`,
    ),
    ...(approval.steps ?? []).map((step) =>
      context(
        markup`Step ${literal(step.name)}: ${step.count} of ${groups(step.groups)} (${literal(step.because.join("; "))})`,
      ),
    ),
    section(votes.length > 0 ? joinMarkup(votes, "\n") : markup`Nobody has answered yet.`),
    ...(denial ? [quote(denial.reason ?? "")] : []),
  ];
}

/** The requester's own query stands in full further down. */
function withoutQueryText(plan: Plan): Plan {
  return { ...plan, parameters: plan.parameters.filter(({ name }) => !isQueryText(plan, name)) };
}

/** The audit events, oldest first, with the head of each hash; when there are too many, the newest, and it says so. */
function record(request: Request, most: number): KnownBlock[] {
  const chunks = chunkLines(request.events.map(auditSentence));
  const shown = chunks.slice(-Math.min(maxChunks, most));
  return [
    section(
      shown.length < chunks.length
        ? markup`*Record*, hash-chained; the earliest events don’t fit here, the audit export has them`
        : markup`*Record*, hash-chained`,
    ),
    ...shown.map((chunk) => section(joinMarkup(chunk, "\n"))),
  ];
}

function chunkLines(lines: readonly Markup[]): Markup[][] {
  const chunks: Markup[][] = [];
  let length = Infinity;
  for (const line of lines) {
    if (length + line.length + 1 > chunkLength) {
      chunks.push([]);
      length = 0;
    }
    chunks.at(-1)?.push(line);
    length += line.length + 1;
  }
  return chunks;
}

/** Fixed-width text over as many blocks as it takes; beyond `most` blocks it says how much is missing. */
function code(text: string, most = maxChunks): KnownBlock[] {
  const whole = inertLines(text);
  const pieces =
    whole.match(new RegExp(String.raw`[\s\S]{1,${chunkLength - 1}}[^\uD800-\uDBFF]?`, "g")) ?? [];
  const missing = pieces.slice(most).join("").length;
  return [
    ...pieces.slice(0, most).map((piece) => preformatted(piece)),
    ...(missing > 0 ? [context(plain(`${missing} more characters don’t fit here.`))] : []),
  ];
}
