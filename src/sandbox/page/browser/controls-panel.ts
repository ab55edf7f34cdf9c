import type { ControlsReport } from "../page-api.ts";
import { post, Refused } from "./api.ts";
import { question } from "./ask.ts";
import { h } from "./dom.ts";

export type ControlsDeps = { say: (text: string) => void };

/** The switches: what can go wrong in Slack, AWS and the bot. */
export function controlsPanel(report: ControlsReport, { say }: ControlsDeps): HTMLElement[] {
  const { slack, aws, bot, runbooks } = report;
  const set = async (what: string, control: Record<string, unknown>) => {
    try {
      await post("/api/controls", control);
      say(`${what}: done.`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(`${what}: ${error.message}`);
    }
  };
  const act = (name: string, control: Record<string, unknown>, kind = "") =>
    h(
      "button",
      { type: "button", class: kind, "data-focus": name, onclick: () => void set(name, control) },
      name,
    );
  const seconds = number("Seconds", 3);
  const operation = select("Which call", ["every call", ...operations]);
  const table = select("Of which table", ["every table", "orders", "jit-requests"]);
  const delay = number("Seconds of delay", 3);
  const effect = select("What happens", ["slow", "throttle", "internal", "reset", "hang"]);
  const times = number("How often (0: until cleared)", 1);
  const athena = number("Seconds that every query takes", aws.athenaMs / 1000);
  const minutes = number("Minutes to pass", 15);
  const channel = select(
    "Channel",
    slack.channels.filter((name) => !slack.shared.includes(name)),
  );

  return [
    group("Slack", slack.down ? "down" : slack.faults.length > 0 ? slack.faults.join("; ") : "works", [
      row(
        seconds.label,
        button("Make Slack slow", () =>
          set("Make Slack slow", { do: "slack-slow", ms: seconds.value() * 1000 }),
        ),
        act("Limit the rate", { do: "slack-limited", retryAfterS: 2 }),
        act("Take Slack down", { do: "slack-down" }, "danger"),
        act("Slack works again", { do: "slack-clear" }),
      ),
      row(
        channel.label,
        button("Share with another organisation", () =>
          set("Share with another organisation", { do: "slack-share", channel: channel.value() }),
        ),
      ),
    ]),
    group("AWS", aws.down ? "down" : aws.faults.length > 0 ? aws.faults.join("; ") : "works", [
      row(
        operation.label,
        table.label,
        effect.label,
        delay.label,
        times.label,
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
      ),
      row(act("Take AWS down", { do: "aws-down" }, "danger"), act("AWS works again", { do: "aws-clear" })),
      row(
        athena.label,
        button("Slow down Athena", () =>
          set("Slow down Athena", { do: "athena-pace", ms: athena.value() * 1000 }),
        ),
      ),
    ]),
    group("Time", clockWord(report), [
      row(act("Expire now", { do: "expire-now" })),
      h(
        "p",
        { class: "hint" },
        "Until every open grant and session is over. The bot ends them and proves it by its own sweep, within seconds.",
      ),
      row(
        minutes.label,
        button("Let time pass", () =>
          set("Let time pass", { do: "pass-time", ms: minutes.value() * 60_000 }),
        ),
      ),
    ]),
    group(
      "Bot",
      `${bot.running ? "runs" : "is dead"}, process ${bot.pid}${bot.busy ? ` · ${bot.busy} …` : ""}`,
      [
        row(act("Kill the bot", { do: "bot-kill" }, "danger"), act("Restart the bot", { do: "bot-restart" })),
        h(
          "details",
          { class: "json", "data-part": "bot lines" },
          h("summary", {}, "Its last lines"),
          h("pre", { tabindex: 0 }, bot.lines.join("\n")),
        ),
      ],
    ),
    group("Runbooks", runbooksWord(report), [
      h(
        "p",
        {},
        h("code", {}, runbooks.dir),
        runbooks.checkedAt
          ? `, looked at ${runbooks.checkedAt.slice(11, 19)} UTC; a change is taken over at once.`
          : "",
      ),
      h(
        "pre",
        { tabindex: 0, class: runbooks.status === "bad" ? "lint bad" : "lint" },
        runbooks.lines.join("\n") || "…",
      ),
    ]),
    group("Everything", "messages, requests, jobs, faults and clock; the seeded data stays", [
      row(
        button(
          "Reset the sandbox",
          async () => {
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
          },
          "danger",
        ),
      ),
    ]),
  ];
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

function clockWord({ clock }: ControlsReport): string {
  const minutes = Math.floor(clock.aheadMs / 60_000);
  const seconds = Math.floor((clock.aheadMs % 60_000) / 1_000);
  if (clock.aheadMs === 0) return "as this machine’s, for AWS, Slack and the bot";
  return `${minutes} min ${seconds} s ahead of this machine, for AWS, Slack and the bot`;
}

function runbooksWord({ runbooks }: ControlsReport): string {
  switch (runbooks.status) {
    case "checking":
      return "being looked at";
    case "good":
      return "in force";
    case "bad":
      return "have mistakes: the last good set stays in force";
  }
}

function group(title: string, state: string, children: HTMLElement[]): HTMLElement {
  return h("section", { class: "control" }, h("h3", {}, title), h("p", { class: "now" }, state), children);
}

function row(...children: HTMLElement[]): HTMLElement {
  return h("div", { class: "row" }, children);
}

function button(name: string, act: () => Promise<void>, kind = ""): HTMLElement {
  return h("button", { type: "button", class: kind, "data-focus": name, onclick: () => void act() }, name);
}

function number(name: string, value: number) {
  const input = h("input", { type: "number", min: 0, value, "aria-label": name, "data-focus": name });
  return {
    label: h("label", {}, `${name} `, input),
    value: () => Math.max(0, Math.round(Number(input.value))),
  };
}

function select(name: string, options: readonly string[]) {
  const menu = h(
    "select",
    { "aria-label": name, "data-focus": name },
    options.map((option) => h("option", {}, option)),
  );
  return { label: h("label", {}, `${name} `, menu), value: () => menu.value };
}
