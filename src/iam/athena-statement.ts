import type { Statement } from "./policy-document.ts";
import {
  expiry,
  listOf,
  matching,
  oneOf,
  problemsOf,
  region,
  type ConditionTemplate,
  type Rule,
} from "./statement-form.ts";

/**
 * The statements there are, told apart by their first action, each with a closed list of actions, the form of
 * its resources and its conditions. A wildcard stands only at the end of a folder in S3 (`…/*`), and alone
 * for Lake Formation, whose action knows no resource. All but the start of queries are guarded by CalledVia.
 */
export function problemsOfAthenaStatement(statement: Statement): string[] {
  const kind = kindOf(statement);
  return kind
    ? problemsOf(statement, kind.rules, kind.conditions)
    : ["its action must be one of the planned kinds"];
}

/** Which of the statements this is meant to be. */
export function kindOf(statement: Statement): Kind | undefined {
  const [first] = [statement.Action].flat();
  return kinds.find((kind) => kind.first === first);
}

/** What all the statements of one policy must be together. */
export function problemsOfAthenaPolicy(statements: readonly Statement[]): string[] {
  const names = statements.map((statement) => kindOf(statement)?.name);
  const follows = names.includes("follows");
  const once = follows ? ["follows"] : ["queries", "reads"];
  const foreign = names.filter((name) => name !== undefined && toFollow.has(name) !== follows);
  return [
    ...once
      .filter((name) => names.filter((n) => n === name).length !== 1)
      .map((name) => `There must be exactly one statement of the kind "${name}".`),
    ...foreign.map((name) => `A statement of the kind "${name}" does not belong into this policy.`),
  ];
}

type Kind = {
  name: "queries" | "reads" | "lists" | "writes" | "vended" | "follows" | "fetches" | "decrypts";
  first: string;
  rules: readonly Rule[];
  conditions: ConditionTemplate;
};

/** What a session may hold that follows a query which another one started. */
const toFollow = new Set<Kind["name"]>(["follows", "fetches", "decrypts"]);

const bucket = "arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";
const folder = "(?:[A-Za-z0-9!_.'()=@:,+;& -]+/)+";
const glue = "arn:aws[a-z-]*:glue:[a-z0-9-]+:\\d{12}";
const kmsKey = "arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/[A-Za-z0-9-]+";
const glueName = "[A-Za-z0-9_.-]+";
const whole = (...forms: string[]) => matching(new RegExp(`^(?:${forms.join("|")})$`, "u"));

const throughAthena: ConditionTemplate = {
  "ForAnyValue:StringEquals": { "aws:CalledVia": oneOf("athena.amazonaws.com") },
  ...expiry,
};

const kinds: readonly Kind[] = [
  {
    name: "queries",
    first: "athena:StartQueryExecution",
    rules: [
      actions(exactly("athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults")),
      oneWorkgroup(),
    ],
    conditions: { StringEquals: { "aws:RequestedRegion": region }, ...expiry },
  },
  {
    name: "reads",
    first: "glue:GetDatabase",
    rules: [
      actions(
        listOf(
          oneOf(
            "glue:GetDatabase",
            "glue:GetTable",
            "s3:GetBucketLocation",
            "s3:GetObject",
            "kms:Decrypt",
            "kms:GenerateDataKey",
            "kms:DescribeKey",
          ),
        ),
      ),
      resource(
        "exact Glue names, buckets, folders in S3 and KMS keys",
        listOf(
          whole(
            `${glue}:catalog`,
            `${glue}:database/${glueName}`,
            `${glue}:table/${glueName}/${glueName}`,
            bucket,
            `${bucket}/${folder}\\*`,
            kmsKey,
          ),
        ),
      ),
    ],
    conditions: throughAthena,
  },
  {
    name: "lists",
    first: "s3:ListBucket",
    rules: [actions(oneOf("s3:ListBucket")), resource("exact buckets", listOf(whole(bucket)))],
    conditions: { ...throughAthena, StringLike: { "s3:prefix": listOf(whole(`${folder}\\*`)) } },
  },
  {
    name: "writes",
    first: "s3:PutObject",
    rules: [
      actions(exactly("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")),
      resource("one folder in S3", whole(`${bucket}/${folder}\\*`)),
    ],
    conditions: throughAthena,
  },
  {
    name: "vended",
    first: "lakeformation:GetDataAccess",
    rules: [
      actions(oneOf("lakeformation:GetDataAccess")),
      { says: "Lake Formation knows no resource but *", holds: (s) => s.Resource === "*" },
    ],
    conditions: throughAthena,
  },
  {
    name: "follows",
    first: "athena:GetQueryExecution",
    rules: [actions(exactly("athena:GetQueryExecution", "athena:GetQueryResults")), oneWorkgroup()],
    conditions: { StringEquals: { "aws:RequestedRegion": region }, ...expiry },
  },
  {
    name: "fetches",
    first: "s3:GetBucketLocation",
    rules: [
      actions(exactly("s3:GetBucketLocation", "s3:GetObject")),
      resource("one bucket and one folder in it", listOf(whole(bucket, `${bucket}/${folder}\\*`))),
    ],
    conditions: throughAthena,
  },
  {
    name: "decrypts",
    first: "kms:Decrypt",
    rules: [actions(oneOf("kms:Decrypt")), resource("exact KMS keys", listOf(whole(kmsKey)))],
    conditions: throughAthena,
  },
];

function oneWorkgroup(): Rule {
  return resource(
    "one exact workgroup",
    whole(`arn:aws[a-z-]*:athena:[a-z0-9-]+:\\d{12}:workgroup/[A-Za-z0-9._-]+`),
  );
}

function actions(passes: (value: unknown) => boolean): Rule {
  return { says: "it has an action that its kind does not have", holds: (s) => passes(s.Action) };
}

function resource(what: string, passes: (value: unknown) => boolean): Rule {
  return { says: `its resource must be ${what}`, holds: (s) => passes(s.Resource) };
}

function exactly(...texts: string[]): (value: unknown) => boolean {
  return (value) => JSON.stringify(value) === JSON.stringify(texts);
}
