import { actionFits } from "../../../iam/evaluate.ts";
import { matchArn } from "../../../iam/match-arn.ts";
import type { PolicyDocument, Statement } from "../../../iam/policy-document.ts";
import { listed } from "../../../iam/statement-words.ts";

type Reason = { description: string; statementIndex: number; statementId?: string };

/**
 * What the new policy may allow that the existing one does not, statement by statement: an Allow is nothing new when one
 * existing Allow has its actions, its resources and no condition that it lacks; a Deny that is gone is new access. Two
 * statements that cover a third only together are not seen, so this errs to the safe side.
 */
export function newAccess(newText: string, existingText: string): Reason[] {
  const [fresh, existing] = [statementsOf(newText), statementsOf(existingText)];
  const allows = existing.filter(({ Effect }) => Effect === "Allow");
  const denies = fresh.filter(({ Effect }) => Effect === "Deny").map(withoutSid);
  return [
    ...fresh.flatMap((statement, index) =>
      statement.Effect === "Deny" || allows.some((one) => covers(one, statement))
        ? []
        : [reason("New access in the statement", statement, index)],
    ),
    ...existing.flatMap((statement, index) =>
      statement.Effect === "Allow" || denies.includes(withoutSid(statement))
        ? []
        : [reason("A statement that denies is gone", statement, index)],
    ),
  ];
}

function covers(wide: Statement, narrow: Statement): boolean {
  if ([wide, narrow].some(({ Action, Resource }) => Action === undefined || Resource === undefined))
    return false;
  return (
    listed(narrow.Action).every((action) =>
      listed(wide.Action).some((one) => isWithin(action, one, (p, text) => actionFits(p, text) === true)),
    ) &&
    listed(narrow.Resource).every((resource) =>
      listed(wide.Resource).some((one) =>
        isWithin(resource, one, (p, text) => matchArn(p, text, new Map()) === true),
      ),
    ) &&
    Object.entries(wide.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) =>
        isTighter(operator, listed(values), narrow.Condition?.[operator]?.[key]),
      ),
    )
  );
}

/** A `*` in the narrow one is a character like any other to `*`, and never to `?`. */
function isWithin(narrow: string, wide: string, fits: (pattern: string, text: string) => boolean): boolean {
  if (narrow === wide) return true;
  return !wide.includes("?") && fits(wide, narrow);
}

/** Fewer values of an operator that asks for one of them are tighter; of any other operator they must be the same. */
function isTighter(
  operator: string,
  wide: readonly string[],
  narrow: string | readonly string[] | undefined,
): boolean {
  if (narrow === undefined) return false;
  const values = listed(narrow);
  const asksForOne = /^(ForA(llValues|nyValue):)?String(Equals|Like)$/u.test(operator);
  return values.every((one) => wide.includes(one)) && (asksForOne || values.length === wide.length);
}

function reason(description: string, { Sid }: Statement, statementIndex: number): Reason {
  return { description, statementIndex, ...(Sid === undefined ? {} : { statementId: Sid }) };
}

function withoutSid({ Effect, Principal, Action, Resource, Condition }: Statement): string {
  return JSON.stringify({ Effect, Principal, Action, Resource, Condition });
}

function statementsOf(text: string): Statement[] {
  const { Statement: given } = JSON.parse(text) as { Statement: PolicyDocument["Statement"] | Statement };
  return [given].flat();
}
