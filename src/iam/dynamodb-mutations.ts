import type { RequestFacts } from "../dynamodb/read-request.ts";
import { dynamoDbAuthorization } from "./dynamodb-authorization.ts";
import type { AuthorizationRequest } from "./policy-document.ts";
import type { Mutation } from "./policy-proof.ts";
import type { PolicyTarget } from "./policy-target.ts";

/** One call of a plan, read, with everything that a call differing from it in one point is made from. */
export type ReadCall = { action: string; facts: RequestFacts };

/**
 * The fixed set of calls that a run must not be able to make: each differs from the planned call in the
 * point that its title names. What "other" is, is chosen so that no call of the plan asks for it.
 */
export function dynamoDbMutations(
  call: ReadCall,
  plan: readonly ReadCall[],
  target: PolicyTarget,
  now: Date,
  expiresAt: Date,
): Mutation[] {
  const { action, facts } = call;
  const { leadingKeys, attributes } = facts;
  const ask = (
    changed: Partial<RequestFacts>,
    change: { action?: string; target?: PolicyTarget; at?: Date } = {},
  ) =>
    dynamoDbAuthorization(
      change.action ?? action,
      { ...facts, ...changed },
      change.target ?? target,
      change.at ?? now,
    );
  const { index: _, ...ofTable } = facts;
  const otherRegion = { ...target, region: target.region === "us-east-1" ? "eu-central-1" : "us-east-1" };
  const otherAccount = {
    ...target,
    account: target.account === "999999999999" ? "888888888888" : "999999999999",
  };
  const otherKey = unplanned(
    "other",
    plan.flatMap((p) => p.facts.leadingKeys),
  );
  const [firstKey = ""] = leadingKeys;

  const mutations: Mutation[] = [
    ...(action === "dynamodb:Scan"
      ? []
      : [
          { title: "another partition", request: ask({ leadingKeys: [otherKey] }) },
          { title: "one more partition", request: ask({ leadingKeys: [...leadingKeys, otherKey] }) },
          { title: "any partition (pattern)", request: ask({ leadingKeys: ["*"] }) },
          { title: "a partition that starts alike", request: ask({ leadingKeys: [`${firstKey}0`] }) },
          { title: "no partition named", request: without(ask({}), "dynamodb:LeadingKeys") },
        ]),
    {
      title: "one more attribute",
      request: ask({
        attributes: [
          ...attributes,
          unplanned(
            "other",
            plan.flatMap((p) => p.facts.attributes),
          ),
        ],
      }),
    },
    { title: "no attribute named", request: without(ask({}), "dynamodb:Attributes") },
    ...(facts.returnValues === undefined ? ofRead(ask, facts.select) : ofWrite(ask)),
    {
      title: "another index",
      request: ask({
        index: unplanned(
          "other",
          plan.map((p) => p.facts.index ?? ""),
        ),
      }),
    },
    {
      title: "another table",
      request: ask({
        table: unplanned(
          facts.table,
          plan.map((p) => p.facts.table),
        ),
      }),
    },
    { title: "another region", request: ask({}, { target: otherRegion }) },
    {
      title: "the same table through another region",
      request: withContext(ask({}), { "aws:RequestedRegion": otherRegion.region }),
    },
    { title: "another account", request: ask({}, { target: otherAccount }) },
    { title: "the moment access ends", request: ask({}, { at: expiresAt }) },
    {
      title: "a day after access ended",
      request: ask({}, { at: new Date(expiresAt.getTime() + 86_400_000) }),
    },
    ...(action === "dynamodb:Scan" ? [] : [{ title: "Scan", request: ask({}, { action: "dynamodb:Scan" }) }]),
    ...otherActions
      .filter((other) => other !== action)
      .map((other) => ({ title: other, request: ask({}, { action: other }) })),
  ];
  if (facts.index !== undefined) {
    mutations.push({
      title: "the table instead of its index",
      request: dynamoDbAuthorization(action, ofTable, target, now),
    });
  }
  return mutations.filter(
    (mutation) => !plan.some((planned) => covers(planned, mutation.request, target, now)),
  );
}

type Ask = (changed: Partial<RequestFacts>) => AuthorizationRequest;

function ofRead(ask: Ask, select: RequestFacts["select"]): Mutation[] {
  return [
    { title: "whole items", request: withSelect(ask({}), "ALL_ATTRIBUTES") },
    { title: "all attributes of the index", request: withSelect(ask({}), "ALL_PROJECTED_ATTRIBUTES") },
    { title: "no selection named", request: without(ask({}), "dynamodb:Select") },
    {
      title: select === "COUNT" ? "attributes instead of a count" : "a count instead of attributes",
      request: ask({ select: select === "COUNT" ? "SPECIFIC_ATTRIBUTES" : "COUNT" }),
    },
  ];
}

/** What a write returns is the one way in which it reads. */
function ofWrite(ask: Ask): Mutation[] {
  return [
    ...["ALL_NEW", "ALL_OLD", "UPDATED_OLD", "NONE"].map((returned) => ({
      title: `returning ${returned}`,
      request: withContext(ask({}), { "dynamodb:ReturnValues": returned }),
    })),
    { title: "no returned values named", request: without(ask({}), "dynamodb:ReturnValues") },
  ];
}

const otherActions = [
  "dynamodb:GetItem",
  "dynamodb:BatchGetItem",
  "dynamodb:Query",
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:ConditionCheckItem",
  "dynamodb:PartiQLSelect",
  "dynamodb:PartiQLUpdate",
  "dynamodb:DescribeTable",
  "dynamodb:ExportTableToPointInTime",
  "dynamodb:GetRecords",
  "sts:AssumeRole",
];

/** Whether the plan itself asks for the mutated call, as when it reads an index and its table alike. */
function covers(planned: ReadCall, request: AuthorizationRequest, target: PolicyTarget, now: Date): boolean {
  const own = dynamoDbAuthorization(planned.action, planned.facts, target, now);
  const { "dynamodb:LeadingKeys": keys, "dynamodb:Attributes": attributes, ...rest } = request.context;
  const { "dynamodb:LeadingKeys": _keys, "dynamodb:Attributes": _attributes, ...ownRest } = own.context;
  return (
    own.action === request.action &&
    own.resource === request.resource &&
    JSON.stringify(rest) === JSON.stringify(ownRest) &&
    isPart(keys, planned.facts.leadingKeys) &&
    isPart(attributes, planned.facts.attributes)
  );
}

function isPart(asked: string | string[] | undefined, planned: readonly string[]): boolean {
  return Array.isArray(asked) && asked.every((value) => planned.includes(value));
}

/** A name that is not among the planned ones. */
function unplanned(start: string, planned: readonly string[]): string {
  let name = `${start}-0`;
  while (planned.includes(name)) name = `${name}0`;
  return name;
}

function without(request: AuthorizationRequest, key: string): AuthorizationRequest {
  const { [key]: _, ...context } = request.context;
  return { ...request, context };
}

function withSelect(request: AuthorizationRequest, select: string): AuthorizationRequest {
  return withContext(request, { "dynamodb:Select": select });
}

function withContext(
  request: AuthorizationRequest,
  context: AuthorizationRequest["context"],
): AuthorizationRequest {
  return { ...request, context: { ...request.context, ...context } };
}
