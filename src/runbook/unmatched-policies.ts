import { matchesRunbook } from "./access-file.ts";
import type { Access } from "./access-file.ts";
import type { AccessFinding } from "./access-findings.ts";

/** Policies that name no runbook there is, and runbooks that no policy lets anybody ask for. */
export function unmatchedPolicies(access: Access, runbooks: readonly string[]): AccessFinding[] {
  const patterns = access.policies.flatMap((policy, at) =>
    policy.runbooks.map((pattern, index) => ({ pattern, path: ["policies", at, "runbooks", index] })),
  );
  return [
    ...patterns
      .filter(({ pattern }) => !runbooks.some((name) => matchesRunbook(pattern, name)))
      .map(({ pattern, path }): AccessFinding => {
        const severity = pattern.endsWith("*") ? "warning" : "error";
        return { path, severity, message: `ACC05: no runbook is called "${pattern}"` };
      }),
    ...runbooks
      .filter((name) => !patterns.some(({ pattern }) => matchesRunbook(pattern, name)))
      .map((name): AccessFinding => ({
        path: ["policies"],
        severity: "warning",
        message: `ACC06: no policy lets anybody ask for "${name}"`,
      })),
  ];
}
