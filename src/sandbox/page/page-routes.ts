import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";
import { objectOf, objectsOf, textOf } from "../slack/json.ts";
import type { Sandbox } from "../start-sandbox.ts";
import { afterSwitch, controlSchema, reportControls, throwSwitch } from "./controls.ts";
import type { LiveUpdates } from "./live-updates.ts";
import type { About } from "./page-api.ts";
import type { QueueReports } from "./queue-reports.ts";
import type { RequestReports } from "./request-reports.ts";
import { seePerson, seeWorkspace } from "./see-workspace.ts";
import type { WatchedRunbooks } from "./watched-runbooks.ts";

export type PageDeps = {
  sandbox: Sandbox;
  requests: RequestReports;
  queues: QueueReports;
  runbooks: WatchedRunbooks;
  live: LiveUpdates;
  /** The app's manifest file, which names its shortcuts. */
  manifest: string;
};

export type PageAnswer = { status: number; body: unknown };
type Call = { method: string; url: URL; body: Buffer };

/** The page's own API, below `/api/`; what a person does and downloads goes to the control API of the local Slack. */
export function pageRoutes(deps: PageDeps): (call: Call) => Promise<PageAnswer> {
  const { sandbox, requests, queues, runbooks, live } = deps;
  const { slack } = sandbox;
  let state = { awsDown: false, athenaMs: 0, busy: "" };

  const routes: Record<string, (call: Call) => unknown> = {
    "GET /api/about": () => about(deps),
    "GET /api/see": ({ url }) => {
      const persona = slack.as(url.searchParams.get("as") ?? "");
      const open = {
        channel: url.searchParams.get("channel") ?? "",
        thread: url.searchParams.get("thread") ?? "",
      };
      return seeWorkspace(slack.workspace, persona, open);
    },
    "GET /api/requests": () => requests.list(),
    "GET /api/request": async ({ url }) => (await requests.report(url.searchParams.get("id") ?? "")) ?? null,
    "GET /api/queues": () => queues.list(),
    "GET /api/controls": () => reportControls(sandbox, runbooks, state),
    "POST /api/controls": async ({ body }) => {
      const control = controlSchema.parse(JSON.parse(body.toString("utf8")));
      state = { ...state, busy: control.do };
      live.tell("controls");
      try {
        await throwSwitch(sandbox, { queues, requests }, control);
      } finally {
        state = { ...afterSwitch(state, control), busy: "" };
        for (const topic of ["slack", "aws", "controls"] as const) live.tell(topic);
      }
      return reportControls(sandbox, runbooks, state);
    },
  };

  return async (call) => {
    const { method, url, body } = call;
    const act = /^\/api\/as\/.+/.exec(url.pathname);
    if (act) return slack.control(method, url.pathname.replace("/api/", "/control/") + url.search, body);
    const route = routes[`${method} ${url.pathname}`];
    if (!route) return { status: 404, body: { error: `there is no ${method} ${url.pathname}` } };
    return { status: 200, body: await route(call) };
  };
}

function about({ sandbox: { slack, aws }, runbooks, manifest: file }: PageDeps): About {
  const { workspace } = slack;
  const manifest = objectOf(parse(readFileSync(file, "utf8")));
  return {
    team: workspace.team.name,
    people: [...workspace.people.values()].map(seePerson),
    commands: [
      { text: "/jit request", about: "choose a runbook" },
      { text: "/jit status", about: "your requests" },
      { text: "/jit end", about: "end your access" },
      { text: "/jit runbooks", about: "what there is to ask for" },
      { text: "/jit help", about: "what this understands" },
      ...runbookNames(runbooks.report().dir).map((name) => ({
        text: `/jit request ${name}`,
        about: "its form",
      })),
    ],
    shortcuts: objectsOf(objectOf(manifest["features"])["shortcuts"]).map((shortcut) => ({
      name: textOf(shortcut["name"]),
      type: shortcut["type"] === "message" ? "message" : "global",
      callbackId: textOf(shortcut["callback_id"]),
      description: textOf(shortcut["description"]),
    })),
    account: aws.account,
    region: aws.region,
  };
}

function runbookNames(dir: string): string[] {
  const others = ["datasources", "access"];
  return readdirSync(dir)
    .filter((file) => file.endsWith(".yml"))
    .map((file) => basename(file, ".yml"))
    .filter((name) => !others.includes(name))
    .toSorted();
}
