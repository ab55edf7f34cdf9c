import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { requestCard } from "../../src/slack/blocks/request-card.ts";
import { commandWords } from "../../src/slack/parse-command.ts";
import { listeners } from "../../src/slack/listeners.ts";
import { lives } from "./lives.ts";
import { openSurface } from "./surface-harness.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

type Manifest = {
  features: {
    slash_commands: { command: string; usage_hint?: string; url?: string }[];
    shortcuts?: unknown[];
  };
  oauth_config: { scopes: { bot: string[] } };
  settings: {
    interactivity: { is_enabled: boolean; request_url?: string; message_menu_options_url?: string };
    event_subscriptions: { bot_events: string[]; request_url?: string };
    socket_mode_enabled: boolean;
  };
};

const manifest = parse(read("manifest.yml")) as Manifest;
const overHttp = merge(manifest, parse(read("docs/manifest.http.yml"))) as Manifest;
const isValid = new Ajv2020({ allErrors: true }).compile(
  JSON.parse(read("docs/schemas/manifest.schema.json")),
);

/** The scope that each method needs; `null` for none. Slack's documentation of the method. */
const scopeOf: Record<string, string[] | null> = {
  "auth.test": null,
  "views.open": null,
  "views.update": null,
  "views.publish": null,
  "chat.postMessage": ["chat:write"],
  "chat.update": ["chat:write"],
  "chat.delete": ["chat:write"],
  "chat.postEphemeral": ["chat:write"],
  "users.info": ["users:read"],
  "usergroups.users.list": ["usergroups:read"],
  "users.profile.get": ["users.profile:read"],
  "team.profile.get": ["users.profile:read"],
  "conversations.info": ["channels:read", "groups:read"],
  "files.getUploadURLExternal": ["files:write"],
  "files.completeUploadExternal": ["files:write"],
  "files.delete": ["files:write"],
};

const called = new Set(
  [
    ...globSync("src/slack/**/*.ts", { cwd: root }),
    // Of the files about people, those that the app is made with; e-mail matching is not.
    "src/people/slack-user-groups.ts",
    "src/people/managers-in-profiles.ts",
  ].flatMap((file) =>
    [...read(file).matchAll(/\bclient\.((?:[a-z]+\.)+[a-zA-Z]+)\(/g)].map((match) => match[1] ?? ""),
  ),
);

test.each([
  ["manifest.yml", manifest],
  [
    "docs/manifest.http.yml, which replaces the whole list,",
    parse(read("docs/manifest.http.yml")) as Manifest,
  ],
])("the hint of %s names every word after /jit", (_, { features }) => {
  const [jit] = features.slash_commands;
  const words = (jit?.usage_hint ?? "").split(" | ").map((one) => one.split(" ")[0]);
  expect(new Set(words)).toEqual(new Set(commandWords));
});

describe("the manifest", () => {
  test.each([
    ["Socket Mode", manifest],
    ["HTTP", overHttp],
  ])("for %s keeps Slack's limits", (_, value) => {
    isValid(value);
    expect(isValid.errors ?? []).toEqual([]);
  });

  test("is refused by its schema when it breaks a limit", () => {
    const name = { ...manifest, display_information: { name: "x".repeat(36), description: "d" } };
    const unknown = { ...manifest, settings: { ...manifest.settings, surprise: true } };
    const command = {
      ...manifest,
      features: { ...manifest.features, slash_commands: [{ command: "jit", description: "d" }] },
    };
    for (const broken of [name, unknown, command]) expect(isValid(broken)).toBe(false);
  });

  test("declares what the app listens to, and nothing more", () => {
    const on = (kind: string) => listeners.filter((one) => one.kind === kind).map((one) => one.on);
    expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(on("command"));
    expect(manifest.settings.event_subscriptions.bot_events).toEqual(on("event"));
    expect(manifest.features.shortcuts ?? []).toEqual([]);
    expect(manifest.settings.interactivity.is_enabled).toBe(on("action").length + on("view").length > 0);
  });

  test("each thing listened to stands once in the table, since Bolt would run both", () => {
    const names = listeners.map(({ kind, on }) => `${kind} ${on}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test("every button on every card at every point of a request's life has its listener", () => {
    const heard = new Set(listeners.filter(({ kind }) => kind === "action").map(({ on }) => on));
    const offered = Object.values(lives).flatMap((life) => {
      const request = life();
      const cards = (["approvers-channel", "approver-dm", "requester"] as const).map((audience) =>
        JSON.stringify(requestCard(request, audience, {}).blocks),
      );
      return [...cards.join().matchAll(/"action_id":"([^"]+)"/g)].map((match) => match[1] ?? "");
    });
    expect(new Set(offered).size).toBeGreaterThan(5);
    expect(offered.filter((actionId) => !heard.has(actionId))).toEqual([]);
  });

  test("for HTTP gives every door its address, menus included", () => {
    const { interactivity, event_subscriptions, socket_mode_enabled } = overHttp.settings;
    const urls = [
      overHttp.features.slash_commands[0]?.url,
      interactivity.request_url,
      interactivity.message_menu_options_url,
      event_subscriptions.request_url,
    ];
    expect(new Set(urls)).toEqual(new Set(["https://jit.example.com/slack/events"]));
    expect(socket_mode_enabled).toBe(false);
  });

  test("asks for exactly the scopes that the code's calls need", () => {
    expect([...called].filter((method) => !Object.hasOwn(scopeOf, method))).toEqual([]);
    const needed = new Set(["commands", ...[...called].flatMap((method) => scopeOf[method] ?? [])]);
    expect(new Set(manifest.oauth_config.scopes.bot)).toEqual(needed);
  });

  test("and docs/slack.md say the same about scopes and methods", () => {
    const rows = read("docs/slack.md")
      .split("\n")
      .filter((line) => /^\| (`|none)/.test(line) && line.split("|").length === 6);
    const documented = new Map<string, string[]>();
    for (const row of rows) {
      const [, scopes = "", , , methods = ""] = row.split("|");
      for (const method of methods.matchAll(/`([^`]+)`/g)) {
        documented.set(
          method[1] ?? "",
          [...scopes.matchAll(/`([^`]+)`/g)].map((scope) => scope[1] ?? ""),
        );
      }
    }
    documented.delete("apps.connections.open"); // Socket Mode's own, with the app token
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Object.entries(scopeOf).map(([method, scopes]) => [method, scopes ?? []])),
    );
    const scopeColumn = rows.map((row) => row.split("|")[1] ?? "").join();
    for (const scope of manifest.oauth_config.scopes.bot) expect(scopeColumn).toContain(`\`${scope}\``);
  });

  test("gives enough to ask for access", async () => {
    await using harness = await openSurface({ peer: { scopes: manifest.oauth_config.scopes.bot } });
    const oncall = harness.slack.as("oncall");
    await oncall.command("/jit request all-kinds", { channel: "#incidents" });
    await oncall.waitForView(/Every kind of parameter/);
    await oncall.openHome();
    await harness.slack.until(() => oncall.home());
    expect(harness.slack.record.api().filter(({ answer }) => answer?.["error"] === "missing_scope")).toEqual(
      [],
    );
  });
});

/** Objects key by key, lists item by item. */
function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (Array.isArray(base) && Array.isArray(over)) return base.map((item, index) => merge(item, over[index]));
  if (!isObject(base) || !isObject(over)) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
