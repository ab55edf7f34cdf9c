import type { Problem } from "../errors.ts";
import { RequestError } from "../dynamodb/request-error.ts";
import { compileSessionPolicy } from "../iam/compile-session-policy.ts";
import { checkPolicyFits } from "../iam/lease-policy.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import type { DataSource } from "../runbook/data-sources.ts";
import type { RequestShape } from "../runbook/request-shapes.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";

/**
 * Rule IAM04: for every shape of the runbook's request, bound to the longest values that can be typed, a session
 * policy can be compiled and fits STS's 2,048 characters. So a runbook that could never run fails when it is loaded.
 */
export function checkSessionPolicies(
  runbook: LoadedRunbook,
  shapes: readonly RequestShape[],
  dataSource: DataSource,
): Problem[] {
  const schemas = dataSource.service === "dynamodb" ? { [dataSource.table]: dataSource.schema } : {};
  const { target } = dataSource;
  return shapes.flatMap(({ given, calls, athena }) => {
    try {
      checkPolicyFits(compileSessionPolicy({ calls, schemas, target, ...(athena && { athena }) }));
      return [];
    } catch (error) {
      if (!(error instanceof PolicyRefused || error instanceof RequestError)) throw error;
      const shape = given.length > 0 ? ` when ${given.join(" and ")} is given` : "";
      return [
        { file: `${runbook.metadata.name}.yml`, path: "steps", message: `IAM04${shape}: ${error.message}` },
      ];
    }
  });
}
