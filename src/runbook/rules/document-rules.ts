import { canonicalDate } from "../time-text.ts";
import { noSuchGroup } from "./no-such-group.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";

const day = 86_400_000;

/** Rules about the file as a document: its name, its age, its words, its links to others. */
export const documentRules: readonly Rule[] = [
  {
    id: "RB001",
    severity: "error",
    says: "The file has the form of the JSON Schema; unknown keys are refused.",
  },
  {
    id: "RB002",
    severity: "error",
    says: "metadata.name is the file's name without `.yml`.",
    check: ({ runbook: { metadata }, fileStem }) =>
      metadata.name === fileStem
        ? []
        : [{ path: ["metadata", "name"], message: `the file is called ${fileStem}.yml` }],
  },
  {
    id: "RB003",
    severity: "error",
    says: "The owner is a group of access.yml.",
    check: ({ runbook: { metadata }, access }) =>
      !access || Object.hasOwn(access.groups, metadata.owner)
        ? []
        : [{ path: ["metadata", "owner"], message: noSuchGroup(metadata.owner, access) }],
  },
  {
    id: "RB004",
    severity: "error",
    says: "lastReviewed is a day that exists.",
    check: ({ runbook: { metadata } }) =>
      canonicalDate(metadata.lastReviewed) === undefined
        ? [{ path: ["metadata", "lastReviewed"], message: "there is no such day" }]
        : [],
  },
  {
    id: "RB006",
    severity: "error",
    says: "A deprecated runbook names its successor: a related one of type obsolete.",
    check: ({ runbook: { metadata } }) =>
      metadata.status === "deprecated" && !(metadata.related ?? []).some(({ type }) => type === "obsolete")
        ? [{ path: ["metadata", "status"], message: "name the successor under related, with type obsolete" }]
        : [],
  },
  {
    id: "RB007",
    severity: "warning",
    says: "An experimental runbook was reviewed within 60 days.",
    check: (context) => stale(context, context.runbook.metadata.status === "experimental", 60),
  },
  {
    id: "RB008",
    severity: "warning",
    says: "A runbook was reviewed within 180 days, one of riskLevel high or critical within 90.",
    check: (context) =>
      stale(context, true, /high|critical/.test(context.runbook.metadata.riskLevel) ? 90 : 180),
  },
  {
    id: "RB009",
    severity: "error",
    says: "The data source is one of datasources.yml.",
    check: ({ runbook: { datasource }, dataSources }) =>
      dataSources && !dataSources.has(datasource)
        ? [
            {
              path: ["datasource"],
              message: `there is no data source "${datasource}"; known: ${[...dataSources.keys()].join(", ")}`,
            },
          ]
        : [],
  },
  {
    id: "RB011",
    severity: "warning",
    // No error: a host whose clock is wrong must not lose its runbooks.
    says: "lastReviewed is not in the future.",
    check: (context) =>
      reviewAgeDays(context) < -1 // it may be tomorrow already where the author is
        ? [{ path: ["metadata", "lastReviewed"], message: "it is in the future" }]
        : [],
  },
  {
    id: "DOC01",
    severity: "error",
    says: "Documentation has a purpose, when to use, expected output, escalation, and at least two rows of interpretation, one for the empty result.",
    check: ({ runbook: { documentation } }) =>
      documentation.interpretation.some(({ when }) => /\b(0|no|none|zero|empty|nothing)\b/i.test(when))
        ? []
        : [
            {
              path: ["documentation", "interpretation"],
              message: 'no row is about the empty result ("0 rows")',
            },
          ],
  },
  {
    id: "DOC02",
    severity: "error",
    says: "Every row of interpretation has a next step: a runbook, a contact (`#channel`, escalate) or stop.",
    check: ({ runbook: { documentation } }) =>
      documentation.interpretation.flatMap(({ next, runbook }, at) =>
        runbook !== undefined || /#[a-z0-9_-]+|\b(escalate|stop)\b/i.test(next)
          ? []
          : [
              {
                path: ["documentation", "interpretation", at, "next"],
                message: "say stop, escalate, a #channel, or name a runbook",
              },
            ],
      ),
  },
  {
    id: "DOC03",
    severity: "error",
    says: "Related and next runbooks exist, and at least one row of interpretation leads out (stop or escalate).",
    check: links,
  },
  {
    id: "DOC04",
    severity: "warning",
    says: "Texts name no person: no e-mail address, no phone number.",
    check: ({ runbook: { documentation } }) =>
      /[\w.+-]+@[\w-]+\.\w+|\+\d[\d ()-]{7,}\d/.test(JSON.stringify(documentation))
        ? [
            {
              path: ["documentation"],
              message: "it seems to hold an e-mail address or phone number; name a role or channel",
            },
          ]
        : [],
  },
  {
    id: "DOC05",
    severity: "warning",
    says: "A runbook tagged investigation has at least two hypotheses and one entry of falsepositives.",
    check: ({ runbook: { metadata, documentation } }) =>
      metadata.tags?.includes("investigation") &&
      ((documentation.hypotheses?.length ?? 0) < 2 || !documentation.falsepositives)
        ? [{ path: ["documentation"], message: "add hypotheses (two or more) and falsepositives" }]
        : [],
  },
  {
    id: "DOC06",
    severity: "warning",
    says: "A time parameter says its zone (UTC) in its title or hint.",
    check: ({ runbook: { parameters } }) =>
      Object.entries(parameters.properties).flatMap(([name, parameter]) =>
        parameter.type === "string" &&
        parameter.format === "date-time" &&
        !`${parameter.title} ${parameter.description}`.includes("UTC")
          ? [{ path: ["parameters", "properties", name, "description"], message: "say that the time is UTC" }]
          : [],
      ),
  },
];

function reviewAgeDays({ runbook, today }: RuleContext): number {
  return (today.getTime() - Date.parse(runbook.metadata.lastReviewed)) / day;
}

function stale(context: RuleContext, applies: boolean, limitDays: number): Finding[] {
  return applies && reviewAgeDays(context) > limitDays
    ? [{ path: ["metadata", "lastReviewed"], message: `the last review is more than ${limitDays} days ago` }]
    : [];
}

function links({ runbook: { metadata, documentation }, names }: RuleContext): Finding[] {
  const unknown = (name: string | undefined) => name !== undefined && !names.has(name);
  return [
    ...(metadata.related ?? []).flatMap(({ name }, at) =>
      unknown(name)
        ? [{ path: ["metadata", "related", at, "name"], message: `there is no runbook "${name}"` }]
        : [],
    ),
    ...documentation.interpretation.flatMap(({ runbook }, at) =>
      unknown(runbook)
        ? [
            {
              path: ["documentation", "interpretation", at, "runbook"],
              message: `there is no runbook "${runbook}"`,
            },
          ]
        : [],
    ),
    ...(documentation.interpretation.every(({ runbook }) => runbook !== undefined)
      ? [
          {
            path: ["documentation", "interpretation"],
            message: "every row leads to another runbook; one must lead out",
          },
        ]
      : []),
  ];
}
