import type { Statement } from "../policy-document.ts";
import { listed } from "../statement-words.ts";
import type { ExplainedStatement } from "./role-document.ts";

/**
 * A permissions boundary: the actions and resources of the role's own statements, without their finer conditions, and
 * every deny. A role can do no more than it, whatever anybody attaches: the wall behind whoever writes deny-lists, since
 * the right to put a policy on a role is also the right to put an Allow there.
 */
export function boundaryStatements(
  rights: readonly ExplainedStatement[],
  denies: readonly ExplainedStatement[],
): ExplainedStatement[] {
  const byService = Map.groupBy(rights, ({ statement }) => listed(statement.Action)[0]?.split(":")[0] ?? "");
  const ceilings = [...byService.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([service, own]): ExplainedStatement => {
      const statement: Statement & { Sid: string } = {
        Sid: `Ceiling${service.charAt(0).toUpperCase()}${service.slice(1)}`,
        Effect: "Allow",
        Action: distinct(own.flatMap(({ statement: one }) => listed(one.Action))),
        Resource: distinct(own.flatMap(({ statement: one }) => listed(one.Resource))),
      };
      return { statement, neededBy: distinct(own.flatMap(({ neededBy }) => neededBy)) };
    });
  return [...ceilings, ...denies];
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
