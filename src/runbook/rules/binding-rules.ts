import { boundAttributes } from "../bound-attributes.ts";
import { lastCodePoint, overlaps, single, union } from "../char-set.ts";
import type { CharSet } from "../char-set.ts";
import type { StringParameter } from "../parameter.ts";
import { readPattern } from "../pattern.ts";
import type { Runbook } from "../runbook.ts";
import { parametersBehind, refsIn } from "../value-refs.ts";
import type { Path } from "../yaml-file.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";

/** Rules about where a parameter's value goes; they need readable expressions. */
export const bindingRules: readonly Rule[] = [
  {
    id: "PAR03",
    severity: "error",
    says: "A string that reaches a key can't contain the separator `#`, nor a character beyond U+00FF, which a session policy can't carry.",
    check: ({ runbook }) => keyStrings(runbook).flatMap(([name, parameter]) => keyProblem(name, parameter)),
  },
  {
    id: "PAR09",
    severity: "error",
    says: "A parameter that is compared with a pii attribute has `x-sensitive: true`.",
    check: unmaskedPii,
  },
  {
    id: "PAR11",
    severity: "error",
    says: "A list is bound as `{S: {$param: name}}` to a placeholder that stands alone in `IN (:name)` of a filter.",
    check: misplacedLists,
  },
];

function at(name: string): Path {
  return ["parameters", "properties", name];
}

function keyStrings(runbook: Runbook): [string, StringParameter][] {
  const names = runbook.steps
    .flatMap(boundAttributes)
    .filter(({ place }) => place === "key")
    .flatMap(({ value }) => refsIn(value))
    .flatMap(({ ref }) => parametersBehind(ref, runbook));
  return Object.entries(runbook.parameters.properties).flatMap(([name, parameter]) =>
    parameter.type === "string" && names.includes(name) ? [[name, parameter]] : [],
  );
}

const separator = single(0x23);
const beyondLatin1: CharSet = [[0x100, lastCodePoint]];

function keyProblem(name: string, { enum: options, pattern }: StringParameter): Finding[] {
  const alphabet = options
    ? union(options.map(charsOf))
    : pattern === undefined
      ? []
      : readPattern(pattern).alphabet;
  if (overlaps(alphabet, separator)) {
    return [{ path: at(name), message: 'a value could contain "#", which separates parts of keys' }];
  }
  if (overlaps(alphabet, beyondLatin1)) {
    const message = "a value could contain characters beyond U+00FF; name the allowed ones in the pattern";
    return [{ path: at(name), message }];
  }
  return [];
}

function charsOf(text: string): CharSet {
  return union(Array.from(text, (char) => single(char.codePointAt(0) ?? 0)));
}

function unmaskedPii({ runbook, dataSource }: RuleContext): Finding[] {
  return runbook.steps
    .flatMap(boundAttributes)
    .filter(({ attribute }) => dataSource?.attributes[attribute]?.classification === "pii")
    .flatMap(({ attribute, value }) =>
      refsIn(value)
        .flatMap(({ ref }) => parametersBehind(ref, runbook))
        .filter((name) => runbook.parameters.properties[name]?.["x-sensitive"] !== true)
        .map((name) => ({
          path: at(name),
          message: `it is compared with ${attribute} (pii) but is not x-sensitive`,
        })),
    );
}

function misplacedLists({ runbook }: RuleContext): Finding[] {
  const lists = Object.entries(runbook.parameters.properties).flatMap(([name, { type }]) =>
    type === "array" ? [name] : [],
  );
  const derivedFromList = refsIn(runbook.derived ?? {}, ["derived"]).filter(
    ({ ref }) => "$param" in ref && lists.includes(ref.$param),
  );
  const bound = runbook.steps.flatMap((step, index) =>
    boundAttributes(step).map((found) => ({ ...found, path: ["steps", index, ...found.path] })),
  );
  const misplaced = bound.filter(
    ({ value, form, place }) =>
      refsIn(value).some(({ ref }) => "$param" in ref && lists.includes(ref.$param)) &&
      (form !== "only-choice" || place === "key" || !("S" in value)),
  );
  return [...derivedFromList, ...misplaced].map(({ path }) => ({
    path,
    message: "a list can stand only in IN (:name) of a filter",
  }));
}
