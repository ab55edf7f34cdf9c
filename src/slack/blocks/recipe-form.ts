import type { InputBlock, ModalView } from "@slack/types";
import type { Parameter, StringParameter } from "../../runbook/parameter.ts";
import { MAX_RECIPE_VALUES } from "../../runbook/recipe.ts";
import type { LoadedRunbook } from "../../runbook/runbook.ts";
import type { RecipeOffer } from "../../workflow/use-cases.ts";
import { bullets, context, divider, header, input, option, plain, section } from "./elements.ts";
import { type Markup, markup } from "./markup.ts";
import { parameterBlock, VALUE } from "./parameter-field.ts";

/** What was filled in, raw; also what the form starts from when it is shown again. */
export type RecipeEntries = {
  inputs: Readonly<Record<string, unknown>>;
  /** Slack user ids. */
  people: readonly string[];
  groups: readonly string[];
  runs?: string;
  until?: string;
  reason?: string;
  reference?: string;
};

/** Block ids of the fields that every recipe has. */
export const recipeFields = {
  people: "people",
  groups: "groups",
  runs: "runs",
  until: "until",
  reason: "reason",
  reference: "reference",
} as const;

export const RECIPE_FORM = "jit_recipe_form";

export type RecipeFormOptions = {
  runbook: LoadedRunbook;
  offer: Extract<RecipeOffer, { status: "offered" }>;
  /** Opaque: comes back with the submission. */
  metadata: string;
  entries?: RecipeEntries;
  /** Why the form is shown again, on top of it. */
  notice?: Markup;
  problems?: readonly string[];
};

/** The form of a recipe: for every parameter which values are allowed, who may use it, how often, until when, why. */
export function recipeForm(options: RecipeFormOptions): ModalView {
  const { runbook, offer, metadata, notice, problems = [] } = options;
  const entries = options.entries ?? { inputs: {}, people: [], groups: [] };
  const { properties, required = [] } = runbook.parameters;
  return {
    type: "modal",
    callback_id: RECIPE_FORM,
    private_metadata: metadata,
    title: plain("Ask for a recipe", 24),
    submit: plain("Send recipe", 24),
    close: plain("Close", 24),
    blocks: [
      ...(notice === undefined ? [] : [section(notice)]),
      ...(problems.length === 0 ? [] : [bullets(problems)]),
      header(runbook.metadata.title),
      section(plain(runbook.documentation.purpose, 500)),
      context(
        markup`A recipe is approved once, like a request. Then a request for this runbook that is within it runs without asking anybody, so many times until its day.`,
      ),
      divider(),
      ...Object.entries(properties).map(([name, parameter]) =>
        rangeField(name, parameter, required.includes(name), entries.inputs[name]),
      ),
      ...whoFields(offer.groups, entries),
      ...howOftenFields(offer, entries),
      reasonField(entries.reason),
      referenceField(entries.reference),
    ],
  };
}

function rangeField(name: string, parameter: Parameter, isRequired: boolean, given: unknown): InputBlock {
  const way = wayToSay(parameter);
  const optional = !isRequired || parameter.default !== undefined;
  const empty =
    parameter.default === undefined
      ? "Left empty, a request must leave it out."
      : `Left empty, only ${String(parameter.default)} is allowed.`;
  const element = "choices" in way ? several(way.choices, given) : typed(way, given);
  const hint = optional ? `${way.hint} ${empty}` : way.hint;
  return input(parameterBlock(name), parameter.title, element, { hint, optional });
}

/** How allowed values are given: choices are ticked; all else is typed, and checked as the same value of a request would be. */
type Way =
  | { choices: readonly string[]; hint: string }
  | { example: string; manyLines: boolean; hint: string };

function wayToSay(parameter: Parameter): Way {
  const hint = "Tick every value that is allowed.";
  switch (parameter.type) {
    case "string":
      return parameter.enum ? { choices: parameter.enum, hint } : textWay(parameter);
    case "boolean":
      return { choices: ["true", "false"], hint };
    case "array":
      return { choices: parameter.items.enum, hint };
    case "integer":
    case "number": {
      const range = `${parameter.minimum} to ${parameter.maximum}`;
      return { example: range, manyLines: false, hint: `One number, or a range within ${range}.` };
    }
    case "sql":
      return { example: "", manyLines: false, hint: "Nobody can approve a query of one’s own in advance." };
  }
}

function textWay({ format, examples }: StringParameter): Way {
  if (format === "date" || format === "date-time")
    return {
      example: "last 7 days",
      manyLines: false,
      hint: "“last 7 days” before each request, or “2026-11-01 to 2026-11-30” (UTC).",
    };
  return {
    example: examples?.[0] ?? "one value a line",
    manyLines: true,
    hint: `Every allowed value on a line of its own, at most ${MAX_RECIPE_VALUES}.`,
  };
}

function several(values: readonly string[], given: unknown): InputBlock["element"] {
  const options = values.map((value) => option(value, value));
  const chosen = options.filter(({ value }) => Array.isArray(given) && given.includes(value));
  const initial = chosen.length > 0 ? { initial_options: chosen } : {};
  return options.length <= 10
    ? { type: "checkboxes", action_id: VALUE, options, ...initial }
    : {
        type: "multi_static_select",
        action_id: VALUE,
        options,
        max_selected_items: MAX_RECIPE_VALUES,
        ...initial,
      };
}

function typed(way: Extract<Way, { example: string }>, given: unknown): InputBlock["element"] {
  return {
    type: "plain_text_input",
    action_id: VALUE,
    multiline: way.manyLines,
    max_length: 3000,
    placeholder: plain(`For example ${way.example}`, 150),
    ...(typeof given === "string" && given !== "" ? { initial_value: given } : {}),
  };
}

function whoFields(groups: readonly string[], entries: RecipeEntries): InputBlock[] {
  const options = groups.slice(0, maxOptions).map((name) => option(name, name));
  const chosen = options.filter(({ value }) => value !== undefined && entries.groups.includes(value));
  return [
    input(
      recipeFields.people,
      "People who may use it",
      {
        type: "multi_users_select",
        action_id: VALUE,
        max_selected_items: MAX_RECIPE_VALUES,
        ...(entries.people.length > 0 ? { initial_users: [...entries.people] } : {}),
      },
      {
        hint: "They must be able to ask for the runbook. Who approves the recipe can’t use it.",
        optional: true,
      },
    ),
    ...(options.length === 0
      ? []
      : [
          input(
            recipeFields.groups,
            "Groups whose members may use it",
            {
              type: "multi_static_select",
              action_id: VALUE,
              options,
              ...(chosen.length > 0 ? { initial_options: chosen } : {}),
            },
            { hint: "Whoever is in one of them at the time of the request.", optional: true },
          ),
        ]),
  ];
}

function howOftenFields(
  { maxRuns, maxDays }: RecipeFormOptions["offer"],
  entries: RecipeEntries,
): InputBlock[] {
  return [
    input(
      recipeFields.runs,
      "How many runs",
      {
        type: "number_input",
        action_id: VALUE,
        is_decimal_allowed: false,
        min_value: "1",
        max_value: String(maxRuns),
        ...(entries.runs === undefined ? {} : { initial_value: entries.runs }),
      },
      { hint: `At most ${maxRuns}, of all these people together.` },
    ),
    input(
      recipeFields.until,
      "Last day",
      {
        type: "datepicker",
        action_id: VALUE,
        ...(entries.until === undefined ? {} : { initial_date: entries.until }),
      },
      { hint: `At most ${maxDays} days from now.` },
    ),
  ];
}

function reasonField(value: string | undefined): InputBlock {
  return input(
    recipeFields.reason,
    "Reason",
    {
      type: "plain_text_input",
      action_id: VALUE,
      multiline: true,
      min_length: 3,
      max_length: 1000,
      placeholder: plain("What these runs are for, and why nobody need look at each"),
      ...(value ? { initial_value: value } : {}),
    },
    { hint: "The approvers decide by it, and it stays in the record." },
  );
}

function referenceField(value: string | undefined): InputBlock {
  return input(
    recipeFields.reference,
    "Incident or ticket",
    {
      type: "plain_text_input",
      action_id: VALUE,
      max_length: 100,
      placeholder: plain("For example INC-4211"),
      ...(value ? { initial_value: value } : {}),
    },
    { optional: true },
  );
}

const maxOptions = 100; // of one menu
