import type { Catalogue } from "../../runbook/load-catalogue.ts";
import type { Target } from "../../runbook/plan.ts";
import { workgroupArn } from "../athena-arns.ts";
import { listed } from "../statement-words.ts";
import { backstop } from "./backstop.ts";
import { boundaryStatements } from "./boundary.ts";
import { botRole, type OwnTable } from "./bot-role.ts";
import { type NeededRight, neededRights } from "./needed-rights.ts";
import { expectFits, packPolicies } from "./pack-policies.ts";
import { revokerRole } from "./revoker-role.ts";
import { rightsStatements } from "./rights-statements.ts";
import type { ExplainedStatement, RoleDocument } from "./role-document.ts";
import { splitRoleArn } from "./role-arn.ts";
import { botTrust } from "./trust.ts";

export type RolesInput = {
  catalogue: Pick<Catalogue, "runbooks" | "access" | "dataSources">;
  /** ARN of the bot's own role. */
  bot: string;
  /** The AWS service that the bot runs on, like `ecs-tasks.amazonaws.com`. */
  runsOn: string;
  table: OwnTable;
  /** For targets that declare none. */
  externalId?: string;
  /** ARN of a role that writes the deny-list of revoked grants; only deployments that use one have it. */
  revoker?: string;
};

/**
 * The bot's role, every data role and janitor role of the catalogue, and the revoker where there is one: in this
 * order, each kind by ARN. The same catalogue gives the same documents.
 *
 * Throws `PolicyRefused` for what can't be written, or is longer than IAM takes.
 */
export function roleDocuments(input: RolesInput): RoleDocument[] {
  const rights = neededRights(input.catalogue);
  const sources = [...input.catalogue.dataSources.values()];
  const data = groupByRole(sources, ({ target }) => target.role).map(([arn, own]) =>
    dataRole(
      input,
      arn,
      own.map(({ target }) => target),
      rights.filter(({ target }) => target.role === arn),
    ),
  );
  const athena = sources.flatMap((source) => (source.service === "athena" ? [source] : []));
  const janitors = groupByRole(athena, ({ target }) => target.janitorRole).map(([arn, own]) =>
    janitorRole(
      input,
      arn,
      own.map(({ target, workgroup }) => ({ target, workgroup: workgroup.name })),
    ),
  );
  const revoker = input.revoker === undefined ? [] : [revokerRole({ ...input, arn: input.revoker }, data)];
  return [
    botRole(
      input,
      [...data, ...janitors, ...revoker].map(({ arn, kind }) => ({ arn, kind })),
    ),
    ...data,
    ...janitors,
    ...revoker,
  ];
}

/** IAM: the longest session that is reached by role chaining, which every session of ours is. */
const chainedSessionSeconds = 3600;

/** `<team id>.<user id>` of the requester; user ids begin with U, or with W on Enterprise Grid. */
const people = ["E*.U*", "E*.W*", "T*.U*", "T*.W*"];

function dataRole(
  input: RolesInput,
  arn: string,
  targets: readonly Target[],
  rights: readonly NeededRight[],
): RoleDocument {
  const place = splitRoleArn(arn);
  const allows = rightsStatements(rights);
  const denies = backstop(allows.flatMap(({ statement }) => listed(statement.Action)));
  return {
    kind: "data",
    arn,
    ...place,
    description: "Runs one approved query at a time, each under a session policy made of that query.",
    maxSessionSeconds: chainedSessionSeconds,
    trust: botTrust({
      bot: input.bot,
      ...externalIdOf(input, targets),
      sessionName: "jit-*",
      sourceIdentity: people,
    }),
    policies: [
      ...packPolicies(`${place.name}-rights`, allows),
      ...packPolicies(`${place.name}-backstop`, denies),
    ],
    boundary: expectFits({
      name: `${place.name}-boundary`,
      statements: boundaryStatements(allows, denies),
    }),
  };
}

function janitorRole(
  input: RolesInput,
  arn: string,
  sources: readonly { target: Target; workgroup: string }[],
): RoleDocument {
  const place = splitRoleArn(arn);
  const rights: ExplainedStatement = {
    neededBy: ["stopping queries whose access has ended"],
    statement: {
      Sid: "StopQueries",
      Effect: "Allow",
      Action: ["athena:GetQueryExecution", "athena:StopQueryExecution"],
      Resource: [...new Set(sources.map(({ target, workgroup }) => workgroupArn(target, workgroup)))].sort(),
    },
  };
  const denies = backstop(listed(rights.statement.Action));
  return {
    kind: "janitor",
    arn,
    ...place,
    description:
      "Looks at and stops Athena queries whose access has ended. It starts none and reads no result.",
    maxSessionSeconds: chainedSessionSeconds,
    trust: botTrust({
      bot: input.bot,
      ...externalIdOf(
        input,
        sources.map(({ target }) => target),
      ),
      sessionName: "jit-*",
      sourceIdentity: ["jit-*"],
    }),
    policies: [
      ...packPolicies(`${place.name}-rights`, [rights]),
      ...packPolicies(`${place.name}-backstop`, denies),
    ],
    boundary: expectFits({
      name: `${place.name}-boundary`,
      statements: boundaryStatements([rights], denies),
    }),
  };
}

function externalIdOf(input: RolesInput, targets: readonly Target[]): { externalId?: string } {
  const declared = targets.find(({ externalId }) => externalId !== undefined)?.externalId;
  const externalId = declared ?? input.externalId;
  return externalId === undefined ? {} : { externalId };
}

function groupByRole<T>(members: readonly T[], arnOf: (one: T) => string | undefined): [string, T[]][] {
  const withRole = members.flatMap((one) => {
    const arn = arnOf(one);
    return arn === undefined ? [] : [{ arn, one }];
  });
  return [...Map.groupBy(withRole, ({ arn }) => arn)]
    .map(([arn, group]): [string, T[]] => [arn, group.map(({ one }) => one)])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
