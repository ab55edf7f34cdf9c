import type { App } from "@slack/bolt";
import { expect, test } from "vitest";
import { startSlack } from "../../../src/sandbox/slack/start-slack.ts";
import { boltOverHttp, boltOverSockets } from "./bolt-app.ts";

const modal = {
  type: "modal" as const,
  callback_id: "ask",
  title: { type: "plain_text" as const, text: "Ask" },
  submit: { type: "plain_text" as const, text: "Send" },
  blocks: [
    {
      type: "input" as const,
      block_id: "reason",
      label: { type: "plain_text" as const, text: "Reason" },
      element: { type: "plain_text_input" as const, action_id: "v" },
    },
    {
      type: "input" as const,
      block_id: "status",
      label: { type: "plain_text" as const, text: "Status" },
      element: {
        type: "static_select" as const,
        action_id: "v",
        options: ["PAID", "OPEN"].map((value) => ({
          text: { type: "plain_text" as const, text: value },
          value,
        })),
      },
    },
  ],
};

function register(app: App): void {
  app.command("/jit", async ({ ack, body, client }) => {
    await ack();
    await client.views.open({
      trigger_id: body.trigger_id,
      view: { ...modal, private_metadata: body.channel_id },
    });
  });
  app.view("ask", async ({ ack, view, body, client }) => {
    const reason = view.state.values["reason"]?.["v"]?.value ?? "";
    if (reason === "bad") {
      await ack({ response_action: "errors", errors: { reason: "Say more" } });
      return;
    }
    await ack();
    await client.chat.postMessage({
      channel: "C0APPROVALS",
      text: `${body.user.id} asks: ${reason}`,
      blocks: [
        { type: "section", text: { type: "mrkdwn", text: `<@${body.user.id}> asks: ${reason}` } },
        {
          type: "actions",
          elements: [
            {
              type: "button",
              action_id: "jit_approve",
              value: "req_1",
              text: { type: "plain_text", text: "Approve" },
              confirm: { text: { type: "plain_text", text: "Really?" } },
            },
          ],
        },
      ],
    });
  });
  app.action("jit_approve", async ({ ack, body, respond, client }) => {
    await ack();
    if (body.type !== "block_actions" || !body.message) return;
    await respond({ text: "Noted", replace_original: false });
    const { ts } = body.message;
    await client.chat.update({ channel: body.channel?.id ?? "", ts, text: `Approved by <@${body.user.id}>` });
    await client.chat.postMessage({ channel: body.channel?.id ?? "", thread_ts: ts, text: "Run started" });
  });
}

for (const transport of ["socket", "http"] as const) {
  test(`a Bolt app over ${transport} takes a command, a form and a click`, async () => {
    await using slack = await startSlack({ transport });
    await using _ = await (transport === "socket" ? boltOverSockets : boltOverHttp)(slack, register);
    const oncall = slack.as("oncall");
    const lead = slack.as("lead");

    const typed = await oncall.command("/jit request", { channel: "#incidents" });
    expect(typed.status).toBe("ok");
    const form = await oncall.waitForView("Ask");

    const empty = await oncall.submit(form);
    expect(empty).toMatchObject({ status: "invalid", ack: undefined });
    expect(Object.keys(empty.fieldErrors)).toEqual(["reason", "status"]);

    const refused = await oncall.fill(form, { Reason: "bad", Status: "PAID" }).submit();
    expect(refused.fieldErrors).toEqual({ reason: "Say more" });
    expect(refused.view?.rendered).toContain("Reason: ( bad )\n    ! Say more");
    expect(refused.view?.rendered).toContain("Status: ( PAID )");

    const sent = await oncall.fill(form, { Reason: "INC-4211" }).submit();
    expect(sent).toMatchObject({ status: "ok", view: undefined });

    const card = await lead.waitForMessage("C0APPROVALS", (text) => text.includes("INC-4211"));
    expect(card.rendered).toBe(
      "@oncall asks: INC-4211\n[Approve]\n    [Approve] asks: Are you sure? Really? [Yes] [Cancel]",
    );
    const kept = await lead.click(card, "jit_approve", { dismiss: true });
    expect(kept.status).toBe("dismissed");
    const pressed = await lead.click(card, "Approve");
    expect(pressed.status).toBe("ok");
    await lead.waitForMessage("C0APPROVALS", "Approved by @lead");
    await lead.waitForMessage("C0APPROVALS", "Run started", { thread: card.ts });
    const note = await lead.waitForEphemeral("Noted");
    expect(note.channel).toBe("C0APPROVALS");
    expect(oncall.ephemerals()).toEqual([]);
  });
}
