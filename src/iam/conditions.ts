import { findOperator, type Operator } from "./operators.ts";
import type { Conditions } from "./policy-document.ts";
import type { RequestContext } from "./request-context.ts";
import { allOf, anyOf, type Truth } from "./truth.ts";

/**
 * Whether a statement's conditions hold. Operators and keys are joined by AND, values of one key by OR
 * (by AND for negated operators: none may fit). IAM User Guide, "Condition operators" and "Single-valued
 * vs. multivalued context keys".
 */
export function conditionsHold(conditions: Conditions, context: RequestContext): Truth {
  return allOf(
    Object.entries(conditions).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) =>
        conditionHolds(operator, context.get(key.toLowerCase()), list(values), context),
      ),
    ),
  );
}

type Given = string | readonly string[] | undefined;

function conditionHolds(
  name: string,
  given: Given,
  wanted: readonly string[],
  context: RequestContext,
): Truth {
  if (name === "Null") return anyOf(wanted.map((value) => isAbsent(value, given)));
  const [, set, base = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.+?)(IfExists)?$/u.exec(name) ?? [];
  const operator = findOperator(base);
  if (!operator) return "unknown";
  if (given === undefined) {
    if (ifExists) return true;
    // The hole that the Null guards of our session policies close: nothing given means "all of them fit".
    if (set === "ForAllValues") return true;
    return set === "ForAnyValue" ? false : operator.negated;
  }
  const fits = (value: string) => valueFits(operator, value, wanted, context);
  if (set === "ForAllValues") return allOf(list(given).map(fits));
  if (set === "ForAnyValue") return anyOf(list(given).map(fits));
  return typeof given === "string" ? fits(given) : false;
}

function isAbsent(wanted: string, given: Given): Truth {
  const value = wanted.toLowerCase();
  if (value !== "true" && value !== "false") return "unknown";
  return (given === undefined) === (value === "true");
}

function valueFits(
  operator: Operator,
  given: string,
  wanted: readonly string[],
  context: RequestContext,
): Truth {
  const truths = wanted.map((value) => operator.compare(value, given, context));
  return operator.negated ? allOf(truths) : anyOf(truths);
}

function list(values: string | readonly string[]): readonly string[] {
  return typeof values === "string" ? [values] : values;
}
