import { queryParameter } from "../athena-step.ts";
import type { Parameter, StringParameter } from "../parameter.ts";
import { parseInput } from "../parse-inputs.ts";
import { readPattern } from "../pattern.ts";
import { PatternError } from "../pattern-syntax.ts";
import type { Runbook } from "../runbook.ts";
import { stepRefs } from "../step-refs.ts";
import { refsIn } from "../value-refs.ts";
import type { FoundRef } from "../value-refs.ts";
import type { Path } from "../yaml-file.ts";
import { noTemplates } from "./no-templates.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";

/** Rules about the parameters alone; they hold before a request can be bound. */
export const parameterRules: readonly Rule[] = [
  {
    id: "PAR01",
    severity: "error",
    says: "Every parameter and derived value is used, and every one that is used or required is declared.",
    check: ({ runbook }) => [...undeclared(runbook), ...unused(runbook)],
  },
  {
    id: "PAR02",
    severity: "error",
    says: "A string has an enum, or an anchored pattern (`^…$`) with maxLength, or a format with maxLength.",
    check: each("string", (parameter) => {
      if (parameter.enum) return undefined;
      if ((parameter.pattern ?? parameter.format) === undefined) return "it has no enum, pattern or format";
      return parameter.maxLength === undefined ? "it has no maxLength" : undefined;
    }),
  },
  {
    id: "PAR04",
    severity: "error",
    says: "A pattern is anchored, can match each text in one way only (so it takes linear time) and has an example; defaults and examples are accepted by their parameter.",
    check: (context) => [...each("string", patternProblem)(context), ...samples(context)],
  },
  {
    id: "PAR05",
    severity: "error",
    says: "Integers and numbers have a minimum and a maximum, the minimum not above the maximum.",
    check: ({ runbook }) =>
      parameters(runbook).flatMap(([name, parameter]) =>
        "minimum" in parameter && parameter.minimum > parameter.maximum
          ? [{ path: at(name, "minimum"), message: "the minimum is above the maximum" }]
          : [],
      ),
  },
  { id: "PAR06", severity: "error", says: "A list has maxItems, at most 25, and its items are an enum." },
  {
    id: "PAR08",
    severity: "error",
    says: "At most 10 parameters; labels have at most 48 characters, hints 150, an enum 100 entries of 75 (Slack's limits).",
  },
  {
    id: "PAR12",
    severity: "error",
    says: "No parameter is named `reason`, `reference`, `grant` or `duration`: the form has fields of these names for every runbook.",
    check: ({ runbook }) =>
      parameters(runbook).flatMap(([name]) =>
        formFields.includes(name)
          ? [{ path: at(name), message: `the form has a field "${name}" of its own` }]
          : [],
      ),
  },
  {
    id: "PAR13",
    severity: "error",
    says: "A parameter of type sql is required, is the whole QueryString of its step, and is the only parameter.",
    check: ({ runbook }) => loneQuery(runbook),
  },
  {
    id: "PAR14",
    severity: "error",
    says: "A text that enters SQL has at most 500 characters: Athena takes 1,024 for a literal, in which quotes count twice.",
    check: ({ runbook }) => longLiterals(runbook),
  },
  {
    id: "PAR15",
    severity: "error",
    says: "A label does not say that its field is optional: Slack does, for every parameter that is not required.",
    check: ({ runbook }) =>
      parameters(runbook).flatMap(([name, { title }]) =>
        /\boptional\b/i.test(title)
          ? [{ path: at(name, "title"), message: 'Slack adds "(optional)" itself' }]
          : [],
      ),
  },
  {
    id: "PAR10",
    severity: "error",
    says: "A value enters a request only at the leaf of an attribute value or as one literal of SQL; no name and no part of an expression can be typed. (The schema has no other place; for a query of the requester's own see PAR13.)",
    check: ({ runbook }) => noTemplates(runbook),
  },
];

const formFields = ["reason", "reference", "grant", "duration"];

function parameters(runbook: Runbook): [string, Parameter][] {
  return Object.entries(runbook.parameters.properties);
}

function at(name: string, ...rest: string[]): Path {
  return ["parameters", "properties", name, ...rest];
}

function each(
  type: "string",
  problem: (parameter: StringParameter) => string | undefined,
): (context: RuleContext) => Finding[] {
  return ({ runbook }) =>
    parameters(runbook).flatMap(([name, parameter]) => {
      const message = parameter.type === type ? problem(parameter) : undefined;
      return message === undefined ? [] : [{ path: at(name), message }];
    });
}

function allRefs(runbook: Runbook): FoundRef[] {
  return [
    ...refsIn(runbook.derived ?? {}, ["derived"]),
    ...runbook.steps.flatMap((step, index) => stepRefs(step, runbook, ["steps", index])),
  ];
}

function undeclared(runbook: Runbook): Finding[] {
  const {
    parameters: { properties, required = [] },
    derived = {},
  } = runbook;
  return [
    ...required.flatMap((name, index) =>
      Object.hasOwn(properties, name)
        ? []
        : [{ path: ["parameters", "required", index], message: `"${name}" is required but not declared` }],
    ),
    ...allRefs(runbook).flatMap(({ ref, path }) => {
      const [kind, name, known] =
        "$param" in ref
          ? (["parameter", ref.$param, properties] as const)
          : (["derived value", ref.$derived, derived] as const);
      return Object.hasOwn(known, name) ? [] : [{ path, message: `there is no ${kind} "${name}"` }];
    }),
    ...Object.keys(derived)
      .filter((name) => Object.hasOwn(properties, name))
      .map((name) => ({
        path: ["derived", name],
        message: `"${name}" is also a parameter; names are used once`,
      })),
  ];
}

function unused(runbook: Runbook): Finding[] {
  const {
    parameters: { properties },
    derived = {},
  } = runbook;
  const used = new Set(allRefs(runbook).map(({ ref }) => ("$param" in ref ? ref.$param : ref.$derived)));
  const unusedNames = (record: object) => Object.keys(record).filter((name) => !used.has(name));
  return [
    ...unusedNames(properties).map((name) => ({ path: at(name), message: `no request uses "${name}"` })),
    ...unusedNames(derived).map((name) => ({
      path: ["derived", name],
      message: `no request uses "${name}"`,
    })),
  ];
}

function loneQuery({ parameters: { properties, required = [] }, steps }: Runbook): Finding[] {
  const queries = steps.flatMap((step) =>
    step.action === "athena:StartQueryExecution" ? (queryParameter(step) ?? []) : [],
  );
  return Object.entries(properties).flatMap(([name, { type }]) => {
    const isQuery = queries.includes(name);
    if (isQuery && type !== "sql")
      return [{ path: at(name, "type"), message: "it is a query, so its type is sql" }];
    if (type !== "sql") return [];
    if (!isQuery) return [{ path: at(name), message: "no step has it as its QueryString" }];
    if (!required.includes(name)) return [{ path: at(name), message: "it is the query, so it is required" }];
    return Object.keys(properties).length > 1
      ? [{ path: at(name), message: "a query of the requester's own takes no other parameter" }]
      : [];
  });
}

function longLiterals(runbook: Runbook): Finding[] {
  if (!runbook.steps.some(({ action }) => action === "athena:StartQueryExecution")) return [];
  return parameters(runbook).flatMap(([name, parameter]) =>
    parameter.type === "string" && (parameter.maxLength ?? 0) > 500
      ? [{ path: at(name, "maxLength"), message: "at most 500 characters fit a literal of Athena for sure" }]
      : [],
  );
}

function patternProblem({ pattern, examples }: StringParameter): string | undefined {
  if (pattern === undefined) return undefined;
  try {
    readPattern(pattern);
  } catch (error) {
    if (error instanceof PatternError) return `the pattern is refused: ${error.message}`;
    throw error;
  }
  return examples ? undefined : "a pattern needs an example, for the form and for messages";
}

function samples({ runbook }: RuleContext): Finding[] {
  return parameters(runbook).flatMap(([name, parameter]) => {
    const { default: fallback, examples } = parameter as { default?: unknown; examples?: unknown[] };
    // Without its examples, or the message would offer the very one that is refused.
    const { examples: _, ...bare } = parameter as Parameter & { examples?: unknown };
    const values: [Path, unknown][] = [
      ...(fallback === undefined ? [] : [[at(name, "default"), fallback] satisfies [Path, unknown]]),
      ...(examples ?? []).map((one, index): [Path, unknown] => [[...at(name, "examples"), index], one]),
    ];
    return values.flatMap(([path, value]) => {
      const parsed = safely(() => parseInput(bare as Parameter, value));
      return parsed?.status === "invalid"
        ? [{ path, message: `${JSON.stringify(value)} is not accepted: ${parsed.message}` }]
        : [];
    });
  });
}

/** A pattern that does not compile has its own finding. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
