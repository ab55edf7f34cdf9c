import type { Access } from "./access-file.ts";
import type { DataSourcesFile } from "./data-sources.ts";
import { classification } from "./identifiers.ts";
import { type Runbook, riskLevel } from "./runbook.ts";

export type Values = readonly string[];

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** Every value that a fact of a rule can have, by fact; facts that can be any text are absent. */
export function knownValues(
  access: Access,
  runbooks: readonly Runbook[],
  { targets }: DataSourcesFile,
): ReadonlyMap<string, Values> {
  const places = Object.values(targets);
  return new Map<string, Values>([
    ["runbook.name", runbooks.map(({ metadata }) => metadata.name)],
    ["runbook.tags", eachOnce(runbooks.flatMap(({ metadata }) => metadata.tags ?? []))],
    ["runbook.riskLevel", riskLevel.options],
    ["plan.service", ["dynamodb", "athena"]],
    ["plan.operation", ["read", "write"]],
    ["plan.kind", ["single-run", "window"]],
    ["plan.classification", classification.options],
    ["plan.environment", eachOnce(places.map(({ environment }) => environment))],
    ["plan.account", eachOnce(places.map(({ account }) => account))],
    ["plan.region", eachOnce(places.map(({ region }) => region))],
    ["requester.groups", Object.keys(access.groups)],
    ["now.weekday", weekdays],
  ]);
}

function eachOnce(values: Values): Values {
  return [...new Set(values)];
}
