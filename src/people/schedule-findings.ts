import type { Access } from "../runbook/access-file.ts";
import type { AccessFinding } from "../runbook/access-findings.ts";
import type { OnCallFile } from "./oncall-file.ts";

/** Schedules of `access.yml` that `oncall.yml` should have, and has not. */
export function scheduleFindings(
  { schedules = {} }: Access,
  { schedules: declared }: OnCallFile,
): AccessFinding[] {
  return Object.entries(schedules).flatMap(([name, { provider, schedule }]): AccessFinding[] => {
    if (provider !== "file" || Object.hasOwn(declared, schedule)) return [];
    const known = Object.keys(declared).join(", ") || "none";
    const message = `ACC23: oncall.yml has no schedule "${schedule}"; known: ${known}`;
    return [{ path: ["schedules", name, "schedule"], message, severity: "error" }];
  });
}
