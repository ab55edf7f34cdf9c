import { AwsError } from "./aws-error.ts";
import { constraints } from "./constraints.ts";

type Tag = { Key: string; Value: string };

export type AssumeRoleRequest = {
  RoleArn: string;
  RoleSessionName: string;
  DurationSeconds: number;
  ExternalId?: string;
  Policy?: string;
  SourceIdentity?: string;
  Tags: readonly Tag[];
  TransitiveTagKeys: readonly string[];
  MinimumSessionTokenSize?: number;
};

/** The query protocol's flat parameters as a nested object; `Tags.member.1.Key` becomes `Tags[0].Key`. */
export function readQuery(body: Buffer): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(body.toString("utf8"))) {
    const [list, member, index, field] = name.split(".");
    if (member !== "member" || list === undefined) {
      parameters[name] = value;
      continue;
    }
    const members = (parameters[list] ??= []) as unknown[];
    const place = Number(index) - 1;
    if (!(place >= 0 && place < 1000)) throw new AwsError("MalformedInput", `Unexpected parameter ${name}`);
    if (field === undefined) members[place] = value;
    else ((members[place] ??= {}) as Record<string, string>)[field] = value;
  }
  return parameters;
}

/** Limits of the STS API reference and the IAM quotas page: length, then the characters allowed. */
const textLimits = {
  // oxlint-disable-next-line no-control-regex -- AWS's own pattern
  RoleArn: [[20, 2048], /^[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uFFFF]+$/],
  RoleSessionName: [[2, 64], /^[\w+=,.@-]*$/],
  ExternalId: [[2, 1224], /^[\w+=,.@:/-]*$/],
  // oxlint-disable-next-line no-control-regex -- AWS's own pattern
  Policy: [[1, 2048], /^[\u0009\u000A\u000D\u0020-\u00FF]+$/],
  SourceIdentity: [[2, 64], /^[\w+=,.@-]*$/],
} as const;
const numberLimits = { DurationSeconds: [900, 43_200], MinimumSessionTokenSize: [0, 4096] } as const;
const tagForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const maxTags = 50;

const known = new Set([
  "Action",
  "Version",
  "Tags",
  "TransitiveTagKeys",
  ...Object.keys(textLimits),
  ...Object.keys(numberLimits),
]);

/** @throws AwsError `ValidationError` that tells all violations, or another for what tags can't be. */
export function readAssumeRole(parameters: Record<string, unknown>): AssumeRoleRequest {
  const unknown = Object.keys(parameters).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new AwsError("ValidationError", `The sandbox's AssumeRole doesn't know ${unknown.join(", ")}.`);
  }
  const given = parameters as Record<string, string>;
  const numbers = readNumbers(given);
  const tags = ((parameters["Tags"] ?? []) as Partial<Tag>[]).map(({ Key = "", Value = "" }) => ({
    Key,
    Value,
  }));
  const transitive = (parameters["TransitiveTagKeys"] ?? []) as string[];

  const check = constraints();
  for (const name of ["RoleArn", "RoleSessionName"]) check.present(name, given[name]);
  for (const [name, [length, form]] of Object.entries(textLimits)) {
    if (given[name] !== undefined) check.text(name, given[name], length, form);
  }
  for (const [name, range] of Object.entries(numberLimits)) {
    if (numbers[name] !== undefined) check.number(name, numbers[name], range);
  }
  check.atMost("tags", tags, maxTags);
  for (const [index, { Key, Value }] of tags.entries()) {
    check.text(`tags.${index + 1}.member.key`, Key, [1, 128], tagForm);
    check.text(`tags.${index + 1}.member.value`, Value, [0, 256], tagForm);
  }
  check.settle();
  refuseTags(tags, transitive);

  const texts = Object.fromEntries(
    Object.keys(textLimits).flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  ) as Pick<AssumeRoleRequest, "RoleArn" | "RoleSessionName">;
  return { DurationSeconds: 3600, ...numbers, ...texts, Tags: tags, TransitiveTagKeys: transitive };
}

function readNumbers(given: Record<string, string>): Record<string, number> {
  const names = Object.keys(numberLimits).filter((name) => given[name] !== undefined);
  return Object.fromEntries(
    names.map((name) => {
      const value = Number(given[name]);
      if (!Number.isInteger(value)) throw new AwsError("MalformedInput", `${name} must be a whole number`);
      return [name, value];
    }),
  );
}

/** Keys of tags ignore case. */
function refuseTags(tags: readonly Tag[], transitive: readonly string[]): void {
  const keys = tags.map((tag) => tag.Key.toLowerCase());
  if (new Set(keys).size < keys.length) {
    throw new AwsError(
      "InvalidParameterValue",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
  }
  if (keys.some((key) => key.startsWith("aws:"))) {
    throw new AwsError("InvalidParameterValue", "Tag keys starting with aws: are reserved.");
  }
  const stray = transitive.find((key) => !keys.includes(key.toLowerCase()));
  if (stray !== undefined) {
    throw new AwsError(
      "InvalidParameterValue",
      `The specified transitive tag key '${stray}' must be included in the requested tags.`,
    );
  }
}
