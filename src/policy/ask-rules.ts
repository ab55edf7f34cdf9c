import type { Access } from "../runbook/access-file.ts";
import { type AccessRule, readRule, type RuleKind } from "../runbook/access-rule.ts";
import { compileExpression, type RuleFacts } from "../runbook/rule-expression.ts";

export type AskedRule = {
  rule: AccessRule;
  kind: RuleKind;
  expression: string;
  /** What CEL said; `unknown`: a fact was missing or could not be compared. */
  said: boolean | "unknown";
  /** Whether it has its effect: what is unknown approves nothing, and denies or requires all the same. */
  holds: boolean;
  /** Facts that it names. */
  names: readonly string[];
};

/** Every rule over these facts, in the order of the file. */
export function askRules(access: Access, facts: RuleFacts | undefined): AskedRule[] {
  if (!facts) return [];
  return (access.rules ?? []).map((rule) => {
    const { kind, expression } = readRule(rule);
    const compiled = compileExpression(expression);
    const said = compiled.status === "compiled" ? compiled.evaluate(facts) : "unknown";
    const holds = said === "unknown" ? kind !== "approve" : said;
    return {
      rule,
      kind,
      expression,
      said,
      holds,
      names: compiled.status === "compiled" ? compiled.names : [],
    };
  });
}

/** The facts as the record keeps them; values of sensitive inputs are left out. */
export function factsUsed(
  names: readonly string[],
  facts: RuleFacts,
  sensitive: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const [variable = "", fact] = name.split(".");
      if (fact === undefined || (variable === "inputs" && sensitive.includes(fact)))
        return [name, "not shown"];
      const value = facts[variable]?.[fact];
      const text = Array.isArray(value) ? value.join(", ") : String(value ?? "not known");
      return [name, text.slice(0, 200)];
    }),
  );
}
