import type { InputBlock, KnownBlock, ModalView } from "@slack/types";
import { distinctPeople, possiblySamePerson } from "../../request/same-person.ts";
import type { PersonId } from "../../runbook/plan.ts";
import type { LoadedRunbook } from "../../runbook/runbook.ts";
import type { BreakGlassOffer, RunbookChoice } from "../../workflow/use-cases.ts";
import { bullets, context, divider, header, input, labelled, option, plain, section } from "./elements.ts";
import { channelMention, dateToken, joinMarkup, literal, type Markup, markup, mention } from "./markup.ts";
import { parameterField, VALUE } from "./parameter-field.ts";
import { counted, list, minutes } from "./words.ts";

/** What was filled in, raw: by parameter name and field. Also what a form starts from when it is shown again. */
export type FormEntries = {
  inputs: Readonly<Record<string, unknown>>;
  grantKind?: string;
  durationMinutes?: number;
  reason?: string;
  reference?: string;
};

/** Block ids of the fields that every request has. */
export const formFields = {
  grantKind: "grant-kind",
  duration: "duration",
  reason: "reason",
  reference: "reference",
} as const;

export type RequestFormOptions = {
  runbook: LoadedRunbook;
  choice: RunbookChoice;
  requester: PersonId;
  /** Opaque: comes back with the submission. */
  metadata: string;
  /** The form is for a break-glass: nothing of the grant is chosen, and reason and incident are needed. */
  offer?: Extract<BreakGlassOffer, { status: "offered" }>;
  entries?: FormEntries;
  /** Why the form is shown again, on top of it. */
  notice?: Markup;
  /** What is wrong with what was typed, below the notice; shown as plain text, since it may quote what was typed. */
  problems?: readonly string[];
};

export const REQUEST_FORM = "jit_request_form";
const presetMinutes = [15, 30, 60];

/** The form of one runbook: what it is for, a typed field for every parameter, how long, why, and what happens next. */
export function requestForm(options: RequestFormOptions): ModalView {
  const { runbook, choice, metadata, offer, notice, problems = [] } = options;
  const entries = options.entries ?? { inputs: {} };
  const { documentation, metadata: about } = runbook;
  const blocks: KnownBlock[] = [
    ...(notice === undefined ? [] : [section(notice)]),
    ...(problems.length === 0 ? [] : [bullets(problems)]),
    ...(offer ? breakGlassWarning(offer) : []),
    header(about.title),
    section(plain(documentation.purpose, 500)),
    labelled("Use when:", documentation.whenToUse, 500),
    ...(documentation.whenNotToUse === undefined
      ? []
      : [labelled("Not when:", documentation.whenNotToUse, 500)]),
    context(plain(`${about.name} ${about.version} · ${choice.environment} · risk ${about.riskLevel}`)),
    divider(),
    ...parameterFields(runbook, entries),
    ...(offer ? [] : grantFields(choice, entries)),
    reasonField(entries.reason, offer !== undefined),
    referenceField(entries.reference, offer !== undefined),
    context(offer ? whatBreakGlassDoes(offer) : whatHappens(choice, options.requester)),
  ];
  return {
    type: "modal",
    callback_id: REQUEST_FORM,
    private_metadata: metadata,
    title: plain(offer ? "Break-glass" : "Request access", 24),
    submit: plain(offer ? "Start now" : "Send request", 24),
    close: plain("Close", 24),
    blocks,
  };
}

function parameterFields({ parameters }: LoadedRunbook, entries: FormEntries): InputBlock[] {
  return Object.entries(parameters.properties).map(([name, parameter]) =>
    parameterField({
      name,
      parameter,
      required: parameters.required?.includes(name) ?? false,
      value: entries.inputs[name],
    }),
  );
}

function grantFields({ grant }: RunbookChoice, entries: FormEntries): InputBlock[] {
  const kinds = grant.kinds.map((kind) => option(kindWords[kind].title, kind, kindWords[kind].meaning));
  const durations = durationsUpTo(grant.maxDurationMinutes).map((count) =>
    option(minutes(count), String(count)),
  );
  const kind = kinds.find(({ value }) => value === entries.grantKind) ?? kinds[0];
  const duration = durations.find(({ value }) => value === String(entries.durationMinutes)) ?? durations[0];
  return [
    ...(kinds.length > 1 && kind
      ? [
          input(formFields.grantKind, "What for", {
            type: "radio_buttons",
            action_id: VALUE,
            options: kinds,
            initial_option: kind,
          }),
        ]
      : []),
    input(
      formFields.duration,
      "How long",
      {
        type: "radio_buttons",
        action_id: VALUE,
        options: durations,
        ...(duration ? { initial_option: duration } : {}),
      },
      { hint: "Counts from the approval. A single run ends its access as soon as it is done." },
    ),
  ];
}

const kindWords: Record<RunbookChoice["grant"]["kinds"][number], { title: string; meaning: string }> = {
  "single-run": { title: "One run", meaning: "Runs once after the approval, then the access ends." },
  window: { title: "A time window", meaning: "Runs once, and again when you ask, until the time is over." },
};

/** The presets within the cap, and the cap itself when it is none of them. */
function durationsUpTo(maxMinutes: number): number[] {
  const within = presetMinutes.filter((count) => count <= maxMinutes);
  return within.includes(maxMinutes) || maxMinutes > 60 ? within : [...within, maxMinutes];
}

function reasonField(value: string | undefined, isBreakGlass: boolean): InputBlock {
  return input(
    formFields.reason,
    "Reason",
    {
      type: "plain_text_input",
      action_id: VALUE,
      multiline: true,
      min_length: isBreakGlass ? 20 : 3,
      max_length: 1000,
      placeholder: plain("What you want to find out, and for whom"),
      ...(value ? { initial_value: value } : {}),
    },
    {
      hint: isBreakGlass
        ? "Why it can’t wait for an approval, in at least 20 characters. Security reads it now and reviews by it."
        : "The approvers decide by it, and it stays in the record.",
    },
  );
}

function referenceField(value: string | undefined, isNeeded: boolean): InputBlock {
  return input(
    formFields.reference,
    "Incident or ticket",
    {
      type: "plain_text_input",
      action_id: VALUE,
      max_length: 100,
      placeholder: plain("For example INC-4211"),
      ...(value ? { initial_value: value } : {}),
    },
    { optional: !isNeeded },
  );
}

function breakGlassWarning({ breakGlass }: NonNullable<RequestFormOptions["offer"]>): KnownBlock[] {
  return [
    {
      type: "alert",
      level: "warning",
      text: plain("This starts at once, without any approval, and security is told now.", 200),
    },
    context(markup`${literal(list(breakGlass.groups, "or"))} may do so, for emergencies only.`),
  ];
}

function whatBreakGlassDoes({ maxMinutes, breakGlass }: NonNullable<RequestFormOptions["offer"]>): Markup {
  return markup`One run where the runbook gives that, else a window of at most ${literal(minutes(maxMinutes))}. Told in ${channelMention(breakGlass.channel)}; ${literal(list(breakGlass.reviewGroups, "or"))} reviews it until ${dateToken(breakGlass.reviewDueAt)}, and a review that is overdue suspends your break-glass.`;
}

/** “Needs 1 approval from orders-platform: @lead or @approver2.” */
function whatHappens({ approval }: RunbookChoice, requester: PersonId): Markup {
  const others = distinctPeople(approval.approvers).filter(
    (person) => !possiblySamePerson(person, requester),
  );
  const groups = literal(list(approval.groups, "or"));
  const needs = markup`Needs ${literal(counted(approval.count, "approval", "approvals"))} from ${groups}`;
  if (others.length < approval.count) {
    return markup`${needs}, but ${literal(others.length === 0 ? "nobody" : `only ${others.length}`)} other than you could give it, so it can’t be approved now. An admin can add people to the group in access.yml.`;
  }
  const named = others.slice(0, shownPeople).map(mention);
  const rest = others.length - named.length;
  const people = rest > 0 ? [...named, markup`${literal(counted(rest, "other", "others"))}`] : named;
  return markup`${needs}: ${joinMarkup(people, ", ")}. Then it runs at once; the rows come to you, and the access ends by itself.`;
}

const shownPeople = 5;
