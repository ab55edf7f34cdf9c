import { afterAll, beforeAll, expect, test } from "vitest";
import { seeWorkspace } from "../../../src/sandbox/page/see-workspace.ts";
import { addMessage, asBot } from "../../../src/sandbox/slack/messages.ts";
import { type SlackPeer, startSlack } from "../../../src/sandbox/slack/start-slack.ts";
import type { Message } from "../../../src/sandbox/slack/workspace.ts";

let slack: SlackPeer;
/** How often a message of the history was asked to which thread it belongs. */
let looks = 0;
beforeAll(async () => {
  slack = await startSlack();
});
afterAll(() => slack?.[Symbol.asyncDispose]());

test("looking costs the same for each message, however many there are and however long their threads", () => {
  for (let no = 1; no <= 50; no++) post();
  const few = looksOfOneView();
  for (let no = 51; no <= 200; no++) post();
  expect(looksOfOneView()).toBe(4 * few);
});

test("each message tells how many replies it has", () => {
  const [first] = slack.workspace.messages;
  const told = seeWorkspace(slack.workspace, slack.as("oncall"), { channel: "C0INC4211", thread: "" });
  expect(told.messages?.slice(0, 2).map(({ ts, replies }) => ({ ts, replies }))).toEqual([
    { ts: first?.ts, replies: 1 },
    { ts: slack.workspace.messages[2]?.ts, replies: 1 },
  ]);
});

function looksOfOneView(): number {
  looks = 0;
  seeWorkspace(slack.workspace, slack.as("oncall"), { channel: "C0INC4211", thread: "" });
  return looks;
}

/** A message with a reply. */
function post(): void {
  const { workspace } = slack;
  const message = { channel: "C0INC4211", ...asBot(workspace), text: "said", blocks: [] };
  const { ts } = watched(addMessage(workspace, message));
  watched(addMessage(workspace, { ...message, threadTs: ts }));
}

function watched(message: Message): Message {
  const { threadTs } = message;
  return Object.defineProperty(message, "threadTs", {
    get: () => {
      looks += 1;
      return threadTs;
    },
  });
}
