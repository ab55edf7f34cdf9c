import * as z from "zod";
import type { TableSchema } from "../dynamodb/table-schema.ts";
import { athenaSource, athenaSourceFindings, athenaSourceSchema } from "./athena-source.ts";
import type { AthenaSource } from "./athena-source.ts";
import { attributeName, classification, slug, tableName } from "./identifiers.ts";
import type { Classification, Target } from "./plan.ts";

const targetSchema = z.strictObject({
  account: z
    .string('an account is written in quotes, like "111122223333"')
    .regex(/^\d{12}$/, "an account has 12 digits"),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region is written like eu-west-1"),
  partition: z.enum(["aws", "aws-cn", "aws-us-gov"]).default("aws"),
  environment: slug.meta({ description: "What people call it: production, staging." }),
  dataRole: z
    .string()
    .regex(
      /^arn:(aws|aws-cn|aws-us-gov):iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
      "a data role is the ARN of an IAM role",
    )
    .meta({ description: "The role that a run's session is made of." }),
  janitorRole: z
    .exactOptional(
      z
        .string()
        .regex(
          /^arn:(aws|aws-cn|aws-us-gov):iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
          "a janitor role is the ARN of an IAM role",
        ),
    )
    .meta({ description: "The role that stops Athena queries whose access has ended; needed for Athena." }),
  revokerRole: z
    .exactOptional(
      z
        .string()
        .regex(
          /^arn:(aws|aws-cn|aws-us-gov):iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
          "a revoker role is the ARN of an IAM role",
        ),
    )
    .meta({
      description:
        "The role that writes the deny-list of grants that were cut short on the data role; without one there is no deny-list.",
    }),
  externalId: z.exactOptional(z.string().regex(/^[\w+=,.@:/-]{2,1224}$/)).meta({
    description: "Passed to AssumeRole when the role's trust policy asks for it.",
  }),
});

const keys = { partitionKey: attributeName, sortKey: z.exactOptional(attributeName) };

const dynamoDbSource = z.strictObject({
  service: z.literal("dynamodb"),
  description: z.exactOptional(z.string().max(200)),
  owner: z.exactOptional(slug).meta({ description: "The group of access.yml that answers for the data." }),
  target: slug.meta({ description: "A target of this file." }),
  table: tableName,
  keys: z.strictObject(keys),
  indexes: z.record(tableName, z.strictObject({ type: z.enum(["GSI", "LSI"]), ...keys })).default({}),
  attributes: z
    .record(
      attributeName,
      z.strictObject({
        classification,
        type: z.exactOptional(z.enum(["S", "N", "BOOL", "B", "L", "M", "SS", "NS", "NULL"])),
        description: z.exactOptional(z.string().max(200)),
      }),
    )
    .meta({ description: "Every attribute that a runbook may name; others can't be read." }),
});

const dataSource = z.discriminatedUnion("service", [dynamoDbSource, athenaSourceSchema], {
  error: "a data source's service is dynamodb or athena",
});

/** `datasources.yml`: the tables that can be asked, and the AWS accounts they live in. */
export const dataSourcesSchema = z.strictObject({
  targets: z.record(slug, targetSchema),
  datasources: z.record(slug, dataSource),
});

export type DataSourcesFile = z.infer<typeof dataSourcesSchema>;

/** What a runbook can ask, with its target resolved. */
export type DataSource = DynamoDbSource | AthenaSource;

/** One catalogued table. */
export type DynamoDbSource = {
  name: string;
  service: "dynamodb";
  /** The group that answers for the data. */
  owner?: string;
  target: Target;
  table: string;
  schema: TableSchema;
  attributes: Readonly<Record<string, CataloguedAttribute>>;
};

export type CataloguedAttribute = { classification: Classification; type?: string; description?: string };

/** What is wrong in a file whose form is right; `path` leads to the value. */
export type FileFinding = { path: (string | number)[]; message: string };

/** Resolves each data source's target; a finding for every reference that leads nowhere or contradicts. */
export function resolveDataSources(file: DataSourcesFile): {
  dataSources: ReadonlyMap<string, DataSource>;
  findings: FileFinding[];
} {
  const findings = Object.entries(file.targets).flatMap(([name, declared]) => targetFindings(name, declared));
  const dataSources = new Map<string, DataSource>();
  for (const [name, declared] of Object.entries(file.datasources)) {
    findings.push(
      ...(declared.service === "dynamodb"
        ? keyFindings(name, declared)
        : athenaSourceFindings(name, declared)),
    );
    const resolved = Object.hasOwn(file.targets, declared.target) ? file.targets[declared.target] : undefined;
    if (!resolved) {
      const known = Object.keys(file.targets).join(", ") || "none";
      findings.push({
        path: ["datasources", name, "target"],
        message: `DS01: there is no target "${declared.target}"; known: ${known}`,
      });
      continue;
    }
    const { dataRole, ...place } = resolved;
    const target: Target = { dataSource: name, service: declared.service, role: dataRole, ...place };
    if (declared.service === "athena" && place.janitorRole === undefined) {
      const message = `DS05: Athena needs the janitorRole of the target "${declared.target}", to stop queries`;
      findings.push({ path: ["datasources", name, "target"], message });
    }
    dataSources.set(
      name,
      declared.service === "dynamodb"
        ? dynamoDbDataSource(name, declared, target)
        : athenaSource(name, declared, target),
    );
  }
  return { dataSources, findings };
}

type DeclaredTable = z.infer<typeof dynamoDbSource>;

function dynamoDbDataSource(name: string, declared: DeclaredTable, target: Target): DynamoDbSource {
  const { service, owner, table, keys: tableKeys, indexes, attributes } = declared;
  const named = owner === undefined ? {} : { owner };
  return { name, service, ...named, target, table, schema: { keys: tableKeys, indexes }, attributes };
}

function targetFindings(name: string, declared: DataSourcesFile["targets"][string]): FileFinding[] {
  const roles = {
    dataRole: declared.dataRole,
    janitorRole: declared.janitorRole,
    revokerRole: declared.revokerRole,
  };
  return Object.entries(roles).flatMap(([field, role]) => {
    const [, partition, , , account] = role?.split(":") ?? [];
    if (!role || (partition === declared.partition && account === declared.account)) return [];
    const message = `DS02: the role lives in ${partition} account ${account}, the target says ${declared.partition} account ${declared.account}`;
    return [{ path: ["targets", name, field], message }];
  });
}

function keyFindings(name: string, declared: DeclaredTable): FileFinding[] {
  const findings: FileFinding[] = [];
  const places = [
    { path: ["datasources", name, "keys"], keys: declared.keys },
    ...Object.entries(declared.indexes).map(([index, indexKeys]) => ({
      path: ["datasources", name, "indexes", index],
      keys: indexKeys,
    })),
  ];
  for (const place of places) {
    for (const key of [place.keys.partitionKey, place.keys.sortKey]) {
      if (key === undefined || Object.hasOwn(declared.attributes, key)) continue;
      findings.push({ path: place.path, message: `DS03: key "${key}" is not among the attributes` });
    }
  }
  for (const [index, indexKeys] of Object.entries(declared.indexes)) {
    if (indexKeys.type !== "LSI" || indexKeys.partitionKey === declared.keys.partitionKey) continue;
    findings.push({
      path: ["datasources", name, "indexes", index],
      message: "DS04: a local index (LSI) has the partition key of its table",
    });
  }
  return findings;
}
