import type { InputValue } from "../../runbook/inputs.ts";
import type { Plan } from "../../runbook/plan.ts";
import { maskedValue } from "../../runbook/shown-value.ts";
import { literalsOf } from "../../runbook/sql-literals.ts";
import { isFixedText, isQueryText, type PlannedQuery, readableQuery } from "./planned-query.ts";

/** What stands for a `?` of the query, or an input that stands for none. */
export type QueryValue = {
  /** 1 for the first `?`; absent for an input that is not bound as it is. */
  position?: number;
  /** The SQL literal that is sent, or the input as it was given. */
  value: string;
  /** Titles of the inputs or names of the computed values that it is of. */
  of: string;
  isMasked: boolean;
};

/** Every bound value in the order of the `?`, then the inputs that are bound otherwise or not given. */
export function queryValues(plan: Plan, { request }: PlannedQuery, maskSensitive: boolean): QueryValue[] {
  const known = knownValues(plan);
  const hides = maskSensitive && known.some(({ isSensitive }) => isSensitive);
  const bound = (request.ExecutionParameters ?? []).map((literal, at): QueryValue => {
    const sources = known.filter(({ literals }) => literals.includes(literal));
    // While anything sensitive is bound, only what is surely something else is shown.
    const isMasked = hides && (sources.length === 0 || sources.some(({ isSensitive }) => isSensitive));
    const of = sources.map(({ title }) => title).join(" or ");
    return { position: at + 1, value: isMasked ? maskedValue : literal, of, isMasked };
  });
  const shown = new Set((request.ExecutionParameters ?? []).flatMap((literal) => namesOf(known, literal)));
  return [...bound, ...unbound(plan, shown, maskSensitive)];
}

/** The text that Athena runs; masked where it is the requester's own and holds what not everybody may read. */
export function shownQuery(
  plan: Plan,
  query: PlannedQuery,
  maskSensitive: boolean,
): { text: string; isMasked: boolean } {
  const isMasked =
    maskSensitive && !isFixedText(query) && knownValues(plan).some(({ isSensitive }) => isSensitive);
  return { text: isMasked ? maskedValue : readableQuery(query.request.QueryString), isMasked };
}

/** The partitions' bounds in words; a bound that may tell a sensitive value is masked. */
export function shownBounds(plan: Plan, query: PlannedQuery, maskSensitive: boolean): string[] {
  const { bounds } = query.scope;
  if (!maskSensitive) return [...bounds];
  const isTextMasked = shownQuery(plan, query, true).isMasked;
  const secrets = knownValues(plan).flatMap(({ isSensitive, texts }) => (isSensitive ? texts : []));
  // A day or a time is written otherwise in a bound, so that it can't be found there by its text.
  const isAnyDay = secrets.some((text) => /^\d{4}-\d{2}-\d{2}/.test(text));
  return bounds.map((bound) => {
    const tells = secrets.some((text) => lettersOf(bound).includes(lettersOf(text)));
    return isTextMasked || isAnyDay || tells ? `${bound.split(" ", 1)[0]} ${maskedValue}` : bound;
  });
}

type Known = { name: string; title: string; texts: string[]; literals: string[]; isSensitive: boolean };

function knownValues(plan: Plan): Known[] {
  const titles = new Map(plan.parameters.map(({ name, title }) => [name, title]));
  const known = (name: string, title: string, value: InputValue): Known => {
    const texts = (typeof value === "object" ? value : [value]).map(String);
    return {
      name,
      title,
      texts,
      literals: literalsOf(value),
      isSensitive: plan.sensitive.includes(name),
    };
  };
  return [
    ...Object.entries(plan.inputs).map(([name, value]) => known(name, titles.get(name) ?? name, value)),
    ...Object.entries(plan.derived).map(([name, value]) => known(name, `${name} (computed)`, value)),
  ];
}

function namesOf(known: readonly Known[], literal: string): string[] {
  return known.filter(({ literals }) => literals.includes(literal)).map(({ name }) => name);
}

/** An absent input does not narrow the query; a given one may be bound in another form, as a day is of a time. */
function unbound(plan: Plan, shown: ReadonlySet<string>, maskSensitive: boolean): QueryValue[] {
  return plan.parameters
    .filter(({ name }) => !shown.has(name) && !isQueryText(plan, name))
    .map(({ name, title }): QueryValue => {
      const value = plan.inputs[name];
      if (value === undefined) return { value: "(not given)", of: title, isMasked: false };
      if (maskSensitive && plan.sensitive.includes(name))
        return { value: maskedValue, of: title, isMasked: true };
      return {
        value: typeof value === "object" ? value.join(", ") : String(value),
        of: title,
        isMasked: false,
      };
    });
}

function lettersOf(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}
