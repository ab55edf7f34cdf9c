import type { Access } from "../access-file.ts";

/** The sentence of a group that a runbook names and `access.yml` has not. */
export function noSuchGroup(group: string, { groups }: Access): string {
  return `there is no group "${group}" in access.yml; known: ${Object.keys(groups).join(", ") || "none"}`;
}
