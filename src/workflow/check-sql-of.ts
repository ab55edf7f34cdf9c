import type { CheckSql } from "../runbook/own-query.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";

/** The check of this person's texts, of whom few are looked at together. */
export function checkSqlOf({ checkSql }: Pick<Deps, "checkSql">, { teamId, userId }: PersonId): CheckSql {
  return (text, guardrails, now) => checkSql(text, guardrails, now, `${teamId}.${userId}`);
}
