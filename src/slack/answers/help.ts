import { actions, button, plain, section } from "../blocks/elements.ts";
import { literal, type Markup, markup } from "../blocks/markup.ts";
import type { CommandWord } from "../parse-command.ts";
import type { PrivateAnswer } from "../tell.ts";

export const OPEN_REQUEST = "jit_open_request";
export const OPEN_STATUS = "jit_open_status";
export const OPEN_RUNBOOKS = "jit_open_runbooks";

/** Fits a phone screen: what this is, the commands, three buttons. */
export function helpAnswer(): PrivateAnswer {
  return {
    text: "Ask for one reviewed query on production data: /jit request. Also: /jit status, /jit end, /jit incident close, /jit runbooks, /jit explain, /jit who, /jit break-glass, /jit recipes, /jit help.",
    blocks: [
      section(
        markup`*One query on production data, approved, run once, access ended.*\nPick a runbook, say why; an approver presses Approve; the rows come to you.`,
      ),
      section(
        markup`\`/jit request [runbook]\` ask\n\`/jit status\` yours, and what waits for your vote\n\`/jit end [id]\` end your access now\n\`/jit incident close &lt;name or here&gt;\` end what was asked for an incident\n\`/jit runbooks [word]\` what you can ask for\n\`/jit explain &lt;runbook&gt; [input=value …]\` may you, who decides, why\n\`/jit who &lt;runbook&gt;\` who can ask, decide, see\n\`/jit break-glass &lt;runbook&gt;\` now, without approval, for a review afterwards\n\`/jit recipes\` approved in advance, \`/jit recipe request &lt;runbook&gt;\`\n\`/jit away @person until &lt;day&gt;\` who approves for you, \`/jit back\`\n\`/jit help\` this`,
      ),
      shortcuts(),
    ],
  };
}

/** What was understood, the nearest command, and buttons. */
export function unknownAnswer(typed: string, nearest: CommandWord | undefined): PrivateAnswer {
  const suggestion: Markup =
    nearest === undefined
      ? markup`Try one of these, or \`/jit help\`.`
      : markup`Did you mean \`/jit ${literal(nearest)}\`?`;
  return {
    text: `This command is not known. ${nearest === undefined ? "Type /jit help." : `Did you mean /jit ${nearest}?`}`,
    blocks: [section(plain(`There is no “/jit ${typed}”.`)), section(suggestion), shortcuts()],
  };
}

/** A runbook that is not there or not for this person, with the one that was probably meant. */
export function unknownRunbookAnswer(
  sentence: Markup,
  nearest: { name: string; title: string } | undefined,
): PrivateAnswer {
  return {
    text: sentence,
    blocks: [
      section(sentence),
      actions([
        ...(nearest ? [button(nearest.title, "jit_request", nearest.name, { style: "primary" })] : []),
        button("All you can ask for", OPEN_RUNBOOKS, "open"),
      ]),
    ],
  };
}

export function shortcuts() {
  return actions([
    button("Request access", OPEN_REQUEST, "open", { style: "primary" }),
    button("Status", OPEN_STATUS, "open"),
    button("Queries", OPEN_RUNBOOKS, "open"),
  ]);
}
