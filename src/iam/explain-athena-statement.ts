import { kindOf } from "./athena-statement.ts";
import type { Statement } from "./policy-document.ts";
import { listed, series, untilExpiry, valuesOf } from "./statement-words.ts";

/** A statement of the Athena templates as a sentence. */
export function explainAthenaStatement(statement: Statement): string {
  return [claim(statement), ...untilExpiry(statement)].join(", ").concat(".");
}

function claim(statement: Statement): string {
  const arns = listed(statement.Resource);
  const [arn = ""] = arns;
  switch (kindOf(statement)?.name) {
    case "queries":
      return `May start queries in workgroup ${nameOf(arn).replace("workgroup/", "")} in ${arn.split(":")[3]} and read their state and results`;
    case "reads":
      return `Through Athena only: may ${reads(statement, arns).join(", ")}`;
    case "lists":
      return `Through Athena only: may list names under ${series(
        valuesOf(statement, "StringLike", "s3:prefix").map((prefix) => quoted(prefix.replace(/\*$/u, ""))),
      )} in ${series(arns.map(nameOf))}`;
    case "writes":
      return `Through Athena only: may write results to ${location(nameOf(arn))}`;
    case "vended":
      return "Through Athena only: may read data as far as Lake Formation grants it to the data role";
    case "follows":
      return `May wait for queries in workgroup ${nameOf(arn).replace("workgroup/", "")} in ${arn.split(":")[3]} and read their results, and start none`;
    case "fetches":
      return `Through Athena only: may read results in ${arns
        .map(nameOf)
        .filter((name) => name.includes("/"))
        .map(location)
        .join(", ")}`;
    case "decrypts":
      return `Through Athena only: may decrypt with ${series(arns.map(nameOf))}`;
    case undefined:
      return `May ${listed(statement.Action).join(", ")} on ${arns.join(", ")}`;
  }
}

function reads(statement: Statement, arns: readonly string[]): string[] {
  const actions = listed(statement.Action);
  const named = (form: RegExp) => arns.filter((arn) => form.test(arn)).map(nameOf);
  const catalogues = arns.filter((arn) => arn.endsWith(":catalog")).map((arn) => arn.split(":")[4]);
  const tables = named(/:glue:.*:table\//u).map((name) => name.replace("table/", "").replace("/", "."));
  const folders = named(/:s3:::[^/]+\//u);
  const buckets = named(/:s3:::[^/]+$/u);
  const keys = arns.filter((arn) => arn.includes(":kms:"));
  return [
    `see the definition of ${series(tables)} in the catalogue of account ${catalogues.join(", ")}`,
    ...(folders.length > 0 ? [`read ${series(folders.map(location))}`] : []),
    ...(buckets.length > 0 ? [`ask where ${series(buckets)} ${buckets.length === 1 ? "lies" : "lie"}`] : []),
    ...(keys.length > 0
      ? [`and use ${series(keys)} (${actions.filter((action) => action.startsWith("kms:")).join(", ")})`]
      : []),
  ];
}

/** `bucket/folder/*` as `s3://bucket/folder/`. */
function location(pattern: string): string {
  return quoted(`s3://${pattern.replace(/\*$/u, "")}`);
}

/** What could be taken for a part of the sentence stands in quotes. */
function quoted(text: string): string {
  return /^[\w:/.=-]+$/u.test(text) ? text : JSON.stringify(text);
}

function nameOf(arn: string): string {
  return arn.split(":").slice(5).join(":");
}
