import type { ControlsReport } from "../page-api.ts";
import { post, Refused } from "./api.ts";
import { question } from "./ask.ts";
import { button, group, number, row, select, write } from "./control-fields.ts";
import { h } from "./dom.ts";

export type ControlsDeps = { say: (text: string) => void };

/** Throws a switch, and says what became of it. */
type Throw = (name: string, control: Record<string, unknown>) => Promise<void>;

/** A part of the panel: made once, and told how things stand whenever they change. */
type Part = { element: HTMLElement; show: (report: ControlsReport) => void };

/** The switches: what can go wrong in Slack, AWS and the bot, and the time. */
export function controlsPanel({ say }: ControlsDeps): { elements: HTMLElement[]; show: Part["show"] } {
  const set: Throw = async (name, control) => {
    try {
      await post("/api/controls", control);
      say(`${name}: done.`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(`${name}: ${error.message}.`);
    }
  };
  const parts = [
    slackGroup(set),
    awsGroup(set),
    timeGroup(set),
    botGroup(set),
    runbooksGroup(),
    everythingGroup(set),
  ];
  return {
    elements: parts.map(({ element }) => element),
    show(report) {
      for (const part of parts) part.show(report);
    },
  };
}

function slackGroup(set: Throw): Part {
  const seconds = number("Seconds", 3);
  const channel = select("Channel");
  const { element, show } = group("Slack", [
    row(
      seconds.label,
      button("Make Slack slow", () =>
        set("Make Slack slow", { do: "slack-slow", ms: seconds.value() * 1000 }),
      ),
    ),
    row(
      act("Limit the rate", { do: "slack-limited", retryAfterS: 2 }, set),
      act("Take Slack down", { do: "slack-down" }, set, "danger"),
      act("Slack works again", { do: "slack-clear" }, set),
    ),
    row(
      channel.label,
      button("Share with another organisation", () =>
        set("Share with another organisation", { do: "slack-share", channel: channel.value() }),
      ),
    ),
  ]);
  return {
    element,
    show({ slack }) {
      show(stateOf(slack));
      channel.offer(slack.channels.filter((name) => !slack.shared.includes(name)));
    },
  };
}

function awsGroup(set: Throw): Part {
  const operation = select("Which call", ["every call", ...operations]);
  const table = select("Of which table", ["every table", "orders", "jit-requests"]);
  const effect = select("What happens", ["slow", "throttle", "internal", "reset", "hang"]);
  const delay = number("Seconds of delay", 3);
  const times = number("How often (0: always)", 1);
  const athena = number("Seconds that every query takes", 0);
  const { element, show } = group("AWS", [
    row(operation.label, table.label, effect.label, delay.label, times.label),
    row(
      button("Let calls fail", () =>
        set("Let calls fail", {
          do: "aws-fault",
          operation: operation.value() === "every call" ? "" : operation.value(),
          table: table.value() === "every table" ? "" : table.value(),
          effect: effect.value(),
          ms: delay.value() * 1000,
          ...(times.value() > 0 ? { times: times.value() } : {}),
        }),
      ),
      act("Take AWS down", { do: "aws-down" }, set, "danger"),
      act("AWS works again", { do: "aws-clear" }, set),
    ),
    row(
      athena.label,
      button("Slow down Athena", () =>
        set("Slow down Athena", { do: "athena-pace", ms: athena.value() * 1000 }),
      ),
    ),
  ]);
  let paceMs: number | undefined;
  return {
    element,
    show({ aws }) {
      show(stateOf(aws));
      if (aws.athenaMs !== paceMs) athena.begin(aws.athenaMs / 1000);
      paceMs = aws.athenaMs;
    },
  };
}

const operations = [
  "AssumeRole",
  "GetItem",
  "BatchGetItem",
  "Query",
  "UpdateItem",
  "StartQueryExecution",
  "GetQueryExecution",
  "GetQueryResults",
];

function stateOf({ down, faults }: { down: boolean; faults: string[] }) {
  return { state: down ? "down" : faults.join("; ") || "works", isTroubled: down || faults.length > 0 };
}

function timeGroup(set: Throw): Part {
  const minutes = number("Minutes to pass", 15);
  const { element, show } = group("Time", [
    row(act("Expire now", { do: "expire-now" }, set)),
    h(
      "p",
      { class: "hint" },
      "Until every open grant and session is over. The bot ends them and proves it by its own sweep, within seconds.",
    ),
    row(
      minutes.label,
      button("Let time pass", () => set("Let time pass", { do: "pass-time", ms: minutes.value() * 60_000 })),
    ),
  ]);
  return { element, show: ({ clock }) => show({ state: clockWord(clock.aheadMs) }) };
}

function clockWord(aheadMs: number): string {
  if (aheadMs === 0) return "as this machine’s, for AWS, Slack and the bot";
  const minutes = Math.floor(aheadMs / 60_000);
  const seconds = Math.floor((aheadMs % 60_000) / 1_000);
  return `${minutes} min ${seconds} s ahead of this machine, for AWS, Slack and the bot`;
}

function botGroup(set: Throw): Part {
  const lines = h("pre", { tabindex: 0 });
  const { element, show } = group("Bot", [
    row(
      act("Kill the bot", { do: "bot-kill" }, set, "danger"),
      act("Restart the bot", { do: "bot-restart" }, set),
    ),
    h("details", { class: "json" }, h("summary", {}, "Its last lines"), lines),
  ]);
  return {
    element,
    show({ bot }) {
      const busy = bot.busy ? ` · ${bot.busy} …` : "";
      const state = `${bot.running ? "runs" : "is dead"}, process ${bot.pid}${busy}`;
      show({ state, isTroubled: !bot.running });
      write(lines, bot.lines.join("\n"));
    },
  };
}

function runbooksGroup(): Part {
  const dir = h("code", {});
  const looked = h("span", {});
  const lint = h("pre", { tabindex: 0, class: "lint" });
  const { element, show } = group("Runbooks", [h("p", {}, dir, looked), lint]);
  return {
    element,
    show({ runbooks }) {
      const isBad = runbooks.status === "bad";
      show({ state: runbooksWord(runbooks.status), isTroubled: isBad });
      write(dir, runbooks.dir);
      const at = runbooks.checkedAt?.slice(11, 19);
      write(looked, at ? `, looked at ${at} UTC; a change is taken over at once.` : "");
      lint.classList.toggle("bad", isBad);
      write(lint, runbooks.lines.join("\n") || "…");
    },
  };
}

function runbooksWord(status: ControlsReport["runbooks"]["status"]): string {
  switch (status) {
    case "checking":
      return "being looked at";
    case "good":
      return "in force";
    case "bad":
      return "have mistakes: the last good set stays in force";
  }
}

function everythingGroup(set: Throw): Part {
  const reset = async () => {
    const sure = await question(
      {
        title: "Reset the sandbox?",
        text: h("p", {}, "All messages and requests are gone then."),
        yes: "Reset",
        no: "Go back",
      },
      true,
    );
    if (sure) await set("Reset", { do: "reset" });
  };
  const state = "messages, requests, jobs, faults and clocks; the seeded data stays";
  const { element, show } = group("Everything", [row(button("Reset the sandbox", reset, "danger"))]);
  return { element, show: () => show({ state }) };
}

function act(name: string, control: Record<string, unknown>, set: Throw, kind = ""): HTMLElement {
  return button(name, () => set(name, control), kind);
}
