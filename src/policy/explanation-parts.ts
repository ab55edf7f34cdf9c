import { limitWords } from "../request/limit-words.ts";
import type { MissedRecipe, RecipeApproval } from "../request/request.ts";
import { certainlySamePerson, distinctPeople } from "../request/same-person.ts";
import { type Said, type SaidPart, sayPeople } from "../request/said.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";
import { planSentences } from "../runbook/plan-sentences.ts";
import { estimateCostUsd } from "../runbook/estimate-cost.ts";
import type { Decided } from "./decide.ts";
import type { Explanation } from "./explain.ts";
import { breakGlassLines, steppingInLines } from "./stepping-in-lines.ts";

/** What is left today of the limits of the rule that would approve. */
export type AllowanceLeft = { requests: number; rows?: number; bytes?: number; isEnough: boolean };

export type ExplainedWith = {
  /** Absent where the inputs given make none. */
  plan?: Plan;
  /** Why they make none. */
  problems: readonly string[];
  /** Absent where nobody counts, e.g. at the command line. */
  left?: AllowanceLeft;
  /** The recipe that would approve, and which of its runs that would be. */
  recipe?: RecipeApproval;
  /** Recipes for this person that would not. */
  missedRecipes?: readonly MissedRecipe[];
};

/** The one wording of an explanation, for every surface; about `Explanation`'s requester in the third person. */
export function explanationParts(explanation: Explanation, more: ExplainedWith): SaidPart[] {
  const parts: SaidPart[] = [
    { title: "May it be asked for", lines: mayAsk(explanation) },
    { title: "Who decides", lines: [...byRecipe(explanation, more), ...whoDecides(explanation, more.left)] },
    { title: "If nobody decides", lines: explanation.waiting ? steppingInLines(explanation.waiting) : [] },
    { title: "Break-glass", lines: explanation.breakGlass ? breakGlassLines(explanation.breakGlass) : [] },
    { title: "Rules", lines: rulesOf(explanation) },
    { title: "Directories", lines: directoriesOf(explanation) },
    { title: "What it would touch", lines: touches(more) },
  ];
  return parts.filter(({ lines }) => lines.length > 0);
}

function mayAsk({ verdict, policies, groups }: Explanation): Said[] {
  if (policies.length === 0) return [["No: no policy of access.yml is for this runbook, so nobody may."]];
  const named = policies.join(" and ");
  switch (verdict.status) {
    case "not-a-requester":
      return [
        [
          `No: only members of ${orNone(verdict.groups)} may, by the runbook and policy ${named}. In groups: ${groups.join(", ") || "none"}.`,
        ],
        ...verdict.unavailable.map(({ group, why }): Said => [
          `Who is in ${group} can’t be known now (${why}), and unavailable means no.`,
        ]),
      ];
    case "denied-by-rule":
      return [
        [`No: the rule ${verdict.rule} denies it. ${verdict.because}`],
        [
          `It denies when ${verdict.expression}${verdict.unknown ? "; a fact that it names can’t be known, and unavailable means no" : ""}.`,
        ],
      ];
    case "decided": {
      const by = verdict.requesters.filter((group) => groups.includes(group));
      return [[`Yes, as a member of ${by.join(" and ")}, by policy ${named}.`]];
    }
  }
}

function whoDecides({ verdict, steps }: Explanation, left: AllowanceLeft | undefined): Said[] {
  if (verdict.status !== "decided") return [];
  return [
    ...automatic(verdict, left),
    ...steps.map(({ name, count, stage, people, because, lacksLastEditor }): Said => [
      `${name}: ${count} of `,
      ...(people.length === 0
        ? [lacksLastEditor ? "nobody, because the runbook names no lastEditor" : "nobody"]
        : []),
      ...people
        .slice(0, shownPeople)
        .flatMap(({ person, groups }, at) => [
          ...(at === 0 ? [] : [", "]),
          person,
          ` (in ${groups.join(" and ")})`,
        ]),
      ...(people.length > shownPeople ? [` and ${people.length - shownPeople} more`] : []),
      `${stage > 0 ? ", once the steps before it are approved" : ""}. Asked for by ${because.join("; ")}.`,
    ]),
    ...(verdict.approval.unavailable ?? []).map(({ group, why }): Said => [
      `Who is in ${group} can’t be known now (${why}), so nobody counts as one of them: the manual path.`,
    ]),
    ...(verdict.lacking ? [tooFew(verdict.lacking, steps)] : []),
  ];
}

/** A rule that approves is asked first, so that no run of a recipe is used for nothing. */
function byRecipe({ verdict }: Explanation, { recipe, missedRecipes = [], left }: ExplainedWith): Said[] {
  const isAutomatic = verdict.status === "decided" && verdict.auto !== undefined && left?.isEnough !== false;
  const missed = missedRecipes.map(({ recipe: id, because }): Said => [
    `The recipe ${id} would not approve it: ${because}.`,
  ]);
  if (!recipe || isAutomatic) return missed;
  const { recipe: id, approvers, run, runs, until } = recipe;
  return [
    [
      `Nobody has to: the recipe ${id}, approved by `,
      ...sayPeople(approvers),
      `, would approve it as run ${run} of ${runs}, until ${until.slice(0, 16).replace("T", " ")} UTC. Else:`,
    ],
    ...missed,
  ];
}

/** Nobody counts for two steps, so what looks like enough people for each may be too few for all. */
function tooFew({ needed, available }: NonNullable<Decided["lacking"]>, steps: Explanation["steps"]): Said {
  for (const { people } of steps) {
    const isSame = (one: PersonId) => (other: { person: PersonId }) => certainlySamePerson(one, other.person);
    const sharing = steps.filter((step) => people.some(({ person }) => step.people.some(isSame(person))));
    const everybody = distinctPeople(sharing.flatMap((step) => step.people.map(({ person }) => person)));
    const count = sharing.reduce((sum, step) => sum + step.count, 0);
    if (sharing.length < 2 || everybody.length >= count) continue;
    const only = everybody.length === 1 ? "is the only one" : "are the only ones";
    const names = sharing.length === 2 ? "both" : "all of them";
    return [
      `Nobody could approve it: ${count} needed for ${sharing.map(({ name }) => name).join(" and ")}; `,
      ...sayPeople(everybody),
      ` ${only} for ${names}, and nobody counts twice.`,
    ];
  }
  return [`Nobody could approve it: ${needed} needed, ${available} can.`];
}

function automatic({ auto }: Decided, left: AllowanceLeft | undefined): Said[] {
  if (!auto) return [];
  const limits = `The rule ${auto.rule} approves ${limitWords(auto.limits)}`;
  if (!left) return [[`${limits}; after that:`]];
  const rest = [
    `${left.requests} more ${left.requests === 1 ? "request" : "requests"}`,
    ...(left.rows === undefined ? [] : [`${left.rows.toLocaleString("en-GB")} rows`]),
    ...(left.bytes === undefined ? [] : [`${left.bytes.toLocaleString("en-GB")} bytes`]),
  ].join(", ");
  return left.isEnough
    ? [[`Nobody has to: ${lower(limits)}; left today: ${rest}. After that:`]]
    : [[`${limits}; left today: ${rest}, which is too little for this, so people decide:`]];
}

function rulesOf({ rules, verdict }: Explanation): Said[] {
  if (verdict.status === "not-a-requester") return [];
  return rules.map(({ name, kind, expression, said, effect, overruled }) => {
    const state = overruled === undefined ? saidWords[String(said)] : `holds, but ${overruled}`;
    const would = said === true && overruled === undefined ? "it" : "then it";
    const missing =
      said === "unknown" ? (kind === "approve" ? ", which counts as no" : ", which counts as yes") : "";
    return [
      `${name} ${state ?? ""}${missing}: when ${expression}, ${would} ${effect}${effect.endsWith(".") ? "" : "."}`,
    ];
  });
}

const saidWords: Readonly<Record<string, string>> = {
  true: "holds",
  false: "does not hold",
  unknown: "can’t be asked (a fact is missing)",
  "not-asked": "is asked over inputs",
};

function directoriesOf({ directories }: Explanation): Said[] {
  return directories.map(({ group, source, found }) => [
    found.status === "known"
      ? `${group}, by ${source}: ${found.people} ${found.people === 1 ? "person" : "people"} now.`
      : `${group}, by ${source}: can’t be known (${found.why}).`,
  ]);
}

function touches({ plan, problems }: ExplainedWith): Said[] {
  if (!plan) return problems.map((problem) => [`Can’t be said, and no rule was asked: ${problem}`]);
  const said = planSentences(plan);
  const { athena, grant } = plan;
  return [
    [said.touches],
    [said.limits],
    ...(athena
      ? [[`Costs at most about $${estimateCostUsd(athena.maxBytesScanned).toFixed(2)} a run.`]]
      : []),
    [
      `As asked here: ${grant.kind === "single-run" ? "one run" : `up to ${grant.maxRuns} runs`} in ${grant.durationMinutes} minutes.`,
    ],
  ];
}

function orNone(groups: readonly string[]): string {
  return groups.join(" or ") || "no group";
}

function lower(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

const shownPeople = 10; // a group has up to 500; more names say nothing
