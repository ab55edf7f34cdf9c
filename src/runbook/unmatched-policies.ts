import { matchesRunbook, mayMatchRunbook } from "./access-file.ts";
import type { Access } from "./access-file.ts";
import type { AccessFinding } from "./access-findings.ts";

/** Policies that name no runbook there is, and runbooks that no policy lets anybody ask for. */
export function unmatchedPolicies(access: Access, runbooks: readonly string[]): AccessFinding[] {
  const patterns = [
    ...access.policies.flatMap((policy, at) =>
      (policy.runbooks ?? []).map((pattern, index) => ({
        pattern,
        path: ["policies", at, "runbooks", index],
      })),
    ),
    ...(access.breakGlass?.runbooks ?? []).map((pattern, index) => ({
      pattern,
      path: ["breakGlass", "runbooks", index],
    })),
  ];
  return [
    ...patterns
      .filter(({ pattern }) => !runbooks.some((name) => matchesRunbook(pattern, name)))
      .map(({ pattern, path }): AccessFinding => {
        const severity = pattern.endsWith("*") ? "warning" : "error";
        return { path, severity, message: `ACC05: no runbook is called "${pattern}"` };
      }),
    ...runbooks
      .filter((name) => !access.policies.some((policy) => mayMatchRunbook(policy, name)))
      .map((name): AccessFinding => ({
        path: ["policies"],
        severity: "warning",
        message: `ACC06: no policy lets anybody ask for "${name}"; name it in the runbooks of a policy, or call it so that one matches, like ${exampleOf(access)}`,
      })),
  ];
}

/** A pattern of this very file that a name could match. */
function exampleOf(access: Access): string {
  return (
    access.policies.flatMap(({ runbooks = [] }) => runbooks).find((name) => name.endsWith("*")) ?? "orders-*"
  );
}
