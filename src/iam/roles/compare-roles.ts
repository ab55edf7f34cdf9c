import { actionFits, evaluate } from "../evaluate.ts";
import { matchArn } from "../match-arn.ts";
import type { PolicyDocument, Statement } from "../policy-document.ts";
import { listed, series, valuesOf } from "../statement-words.ts";
import type { DeployedRole } from "./read-deployed.ts";
import { documentOf, type RoleDocument } from "./role-document.ts";
import { sampleRequest, sessionContext } from "./sample-request.ts";

export type Difference = {
  /**
   * `unreachable`: no published runbook can ever use it. `wider`: a part of it is used. `missing`: something needed is
   * not allowed, or something that must be denied is not. `unread`: it can't be judged from the file.
   */
  kind: "unreachable" | "wider" | "missing" | "unread";
  /** One sentence. */
  says: string;
};

/** What would shrink in a deployed role, and what it lacks, against the role as the catalogue needs it. */
export function compareRole(wanted: RoleDocument, deployed: DeployedRole): Difference[] {
  const needs = needsOf(wanted);
  const given = deployed.policies.flatMap(statementsOf);
  return [
    ...deployed.unread.map((arn) => unread(`The text of the attached policy ${arn} is not in the file.`)),
    ...given.flatMap((statement) => excess(statement, needs)),
    ...needs.flatMap((need) => directly(need, deployed.policies)),
    ...needs.flatMap((need) => missingRight(need, deployed.policies)),
    ...missingDenies(wanted, deployed.policies),
    ...(wanted.boundary && deployed.boundary === "absent"
      ? [missing(`It has no permissions boundary; it should have ${wanted.boundary.name}.`)]
      : []),
  ];
}

type Need = { statement: Statement; action: string; resource: string; neededBy: readonly string[] };

function needsOf({ policies }: RoleDocument): Need[] {
  return policies.flatMap(({ statements }) =>
    statements.flatMap(({ statement, neededBy }) =>
      statement.Effect === "Deny"
        ? []
        : listed(statement.Action).flatMap((action) =>
            listed(statement.Resource).map((resource) => ({ statement, action, resource, neededBy })),
          ),
    ),
  );
}

/** What a deployed Allow opens beyond the needs, by each of its pairs of action and resource. */
function excess(statement: Statement, needs: readonly Need[]): Difference[] {
  if (statement.Effect === "Deny") return [];
  if (statement.Action === undefined || statement.Resource === undefined)
    return [
      unread(`Statement ${statement.Sid ?? ""} has NotAction or NotResource: say what it allows instead.`),
    ];
  return listed(statement.Action).flatMap((action) => {
    const ofAction = needs.filter((need) => actionFits(action, need.action) === true);
    if (ofAction.length === 0) return [unreachable(action, statement.Resource)];
    return listed(statement.Resource).flatMap((resource) => {
      const used = ofAction.filter((need) => meets(resource, need.resource));
      if (used.length === 0) return [unreachable(action, resource)];
      return [...tooWide(action, resource, used), ...attributesBeyond(statement, action, resource, used)];
    });
  });
}

function tooWide(action: string, resource: string, used: readonly Need[]): Difference[] {
  const actions = distinct(used.map((need) => need.action));
  const resources = distinct(used.map((need) => need.resource));
  const exact = used.some((need) => covers(need.resource, resource));
  return [
    ...(action.includes("*")
      ? [
          wider(
            `${action} on ${resource}: only ${series(actions)} ${actions.length > 1 ? "are" : "is"} needed.`,
          ),
        ]
      : []),
    ...(exact ? [] : [wider(`${action} on ${resource}: needed only on ${series(resources)}.`)]),
  ];
}

function attributesBeyond(
  statement: Statement,
  action: string,
  resource: string,
  used: readonly Need[],
): Difference[] {
  const needed = distinct(used.flatMap((need) => attributesOf(need.statement)));
  if (needed.length === 0) return [];
  const given = attributesOf(statement);
  if (given.length === 0)
    return [wider(`${action} on ${resource} reaches every attribute: only ${series(needed)} are needed.`)];
  const beyond = given.filter((attribute) => !needed.includes(attribute));
  return beyond.map((attribute) => unreachable(`${action} of attribute ${attribute}`, resource));
}

/** What only Athena should do in the session's name, and the session itself may do as well. */
function directly({ statement, action, resource }: Need, policies: readonly PolicyDocument[]): Difference[] {
  if (valuesOf(statement, "ForAnyValue:StringEquals", "aws:CalledVia").length === 0) return [];
  const request = sampleRequest(statement, action, resource);
  const { "aws:CalledVia": _, ...context } = request.context;
  const decision = evaluate(
    { identity: policies },
    { ...request, context: { ...context, "aws:ViaAWSService": "false" } },
  );
  return decision.allowed
    ? [wider(`${action} on ${resource} is also open to the session itself, not only through Athena.`)]
    : [];
}

function missingRight({ statement, action, resource, neededBy }: Need, policies: readonly PolicyDocument[]) {
  const decision = evaluate({ identity: policies }, sampleRequest(statement, action, resource));
  if (decision.allowed) return [];
  const why = decision.denial === "explicit" ? "is denied" : "is not allowed";
  return [missing(`${action} on ${resource} ${why}; needed by ${neededBy.join(", ")}.`)];
}

/** An action that no deny of ours names, to ask what a deny of everything says. */
const anyOther = "sqs:ListQueues";

/** Each deny is asked for with everything else allowed, so that only a deny can say no. */
function missingDenies(wanted: RoleDocument, policies: readonly PolicyDocument[]): Difference[] {
  const open: PolicyDocument = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  };
  return wanted.policies.flatMap((policy) =>
    documentOf(policy).Statement.flatMap((statement) => {
      if (statement.Effect === "Allow") return [];
      const through = listed(statement.Action).filter((action) => {
        const request = sampleRequest(statement, action === "*" ? anyOther : action, "*");
        const context = withoutNull(statement, { ...sessionContext, "aws:ViaAWSService": "false" });
        return evaluate({ identity: [...policies, open] }, { ...request, context }).allowed;
      });
      if (through.length === 0) return [];
      return [missing(`The deny ${statement.Sid} is not there for ${series(through)}.`)];
    }),
  );
}

/** Without the keys that the statement wants to be absent. */
function withoutNull(statement: Statement, context: Record<string, string>): Record<string, string> {
  const absent = Object.entries(statement.Condition?.["Null"] ?? {})
    .filter(([, value]) => value === "true")
    .map(([key]) => key);
  return Object.fromEntries(Object.entries(context).filter(([key]) => !absent.includes(key)));
}

/** Whether two patterns of ARNs have something in common, by one of them covering the other. */
function meets(one: string, other: string): boolean {
  return covers(one, other) || covers(other, one);
}

function covers(pattern: string, resource: string): boolean {
  return pattern === resource || pattern === "*" || matchArn(pattern, resource, new Map()) === true;
}

function attributesOf(statement: Statement): readonly string[] {
  return valuesOf(statement, "ForAllValues:StringEquals", "dynamodb:Attributes");
}

/** AWS accepts a single statement without a list around it. */
function statementsOf(document: PolicyDocument): Statement[] {
  const { Statement: given } = document as { Statement: Statement[] | Statement };
  return Array.isArray(given) ? given : [given];
}

function unreachable(what: string, resource: string | readonly string[]): Difference {
  return {
    kind: "unreachable",
    says: `${what} on ${series(listed(resource))}: no published runbook can reach it.`,
  };
}

function wider(says: string): Difference {
  return { kind: "wider", says };
}

function missing(says: string): Difference {
  return { kind: "missing", says };
}

function unread(says: string): Difference {
  return { kind: "unread", says };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
