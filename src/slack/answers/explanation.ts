import type { ExplainAnswer } from "../../workflow/use-cases.ts";
import { actions, button, context, saidBullets, section } from "../blocks/elements.ts";
import { literal, markup } from "../blocks/markup.ts";
import { submitRefusalSentence } from "../sentences.ts";
import type { PrivateAnswer } from "../tell.ts";
import { OPEN_RUNBOOKS } from "./help.ts";

/** More rules or groups than this nobody reads in a message. */
const maxLines = 15;

/** What the policy says about a runbook, part by part; with the way to ask where this person may. */
export function explanationAnswer(runbook: string, answer: ExplainAnswer): PrivateAnswer {
  if (answer.status === "refused") {
    const sentence = submitRefusalSentence(answer.why);
    return {
      text: sentence,
      blocks: [section(sentence), actions([button("All you can ask for", OPEN_RUNBOOKS, "open")])],
    };
  }
  const { title, parts, mayAsk } = answer;
  return {
    text: `What access.yml says about “${literal(title)}”, for you alone. Nothing was asked for.`,
    blocks: [
      section(
        markup`*${literal(title)}* \`${literal(runbook)}\`: what access.yml says now. Nothing was asked for.`,
      ),
      ...parts.flatMap(({ title: heading, lines }) => [
        section(markup`*${literal(heading)}*`),
        saidBullets(lines.slice(0, maxLines)),
        ...(lines.length > maxLines
          ? [
              context(
                markup`${maxLines} of ${lines.length} lines shown; \`jit explain\` at the command line has all.`,
              ),
            ]
          : []),
      ]),
      ...(mayAsk ? [actions([button("Request", "jit_request", runbook, { style: "primary" })])] : []),
    ],
  };
}

/** `/jit explain` or `/jit who` without a runbook. */
export function whichRunbookAnswer(command: "explain" | "who"): PrivateAnswer {
  const inputs = command === "explain" ? " [input=value …]" : "";
  const sentence = markup`Say which runbook: \`/jit ${literal(command)} &lt;runbook&gt;${literal(inputs)}\`.`;
  return {
    text: sentence,
    blocks: [section(sentence), actions([button("All you can ask for", OPEN_RUNBOOKS, "open")])],
  };
}
