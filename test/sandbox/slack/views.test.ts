import type { App, ViewResponseAction } from "@slack/bolt";
import type { ModalView } from "@slack/types";
import { WebAPIPlatformError } from "@slack/web-api";
import { expect, test } from "vitest";
import { startSlack, type SlackPeer } from "../../../src/sandbox/slack/start-slack.ts";
import { boltOverSockets, webClient } from "./bolt-app.ts";

const plain = (text: string) => ({ type: "plain_text" as const, text });

function modal(traits: Partial<ModalView> = {}): ModalView {
  return {
    type: "modal",
    callback_id: "form",
    title: plain("Form"),
    submit: plain("Send"),
    blocks: [field("reason", "Reason")],
    ...traits,
  };
}

function field(blockId: string, label: string) {
  return {
    type: "input" as const,
    block_id: blockId,
    label: plain(label),
    element: { type: "plain_text_input" as const, action_id: "v" },
  };
}

async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof WebAPIPlatformError) return error.data.error;
    throw error;
  }
  return "accepted";
}

/** An app that keeps the trigger id of the command it was sent. */
async function appWithTrigger(slack: SlackPeer, more: (app: App) => void = () => {}) {
  let trigger = "";
  const bolt = await boltOverSockets(slack, (app) => {
    app.command("/jit", async ({ ack, body }) => {
      trigger = body.trigger_id;
      await ack();
    });
    more(app);
  });
  const fresh = async () => {
    await slack.as("oncall").command("/jit", { channel: "C0INCIDENTS" });
    return trigger;
  };
  return Object.assign(bolt, { fresh });
}

test("a trigger opens one view", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack);
  const client = webClient(slack);
  const trigger_id = await bolt.fresh();
  expect(await refusal(client.views.open({ trigger_id, view: modal() }))).toBe("accepted");
  expect(await refusal(client.views.open({ trigger_id, view: modal() }))).toBe("exchanged_trigger_id");
  expect(await refusal(client.views.open({ trigger_id: "1.2.abc", view: modal() }))).toBe(
    "invalid_trigger_id",
  );
});

test("a trigger dies after three seconds", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack);
  const trigger_id = await bolt.fresh();
  slack.faults.advanceClock(3_001);
  expect(await refusal(webClient(slack).views.open({ trigger_id, view: modal() }))).toBe(
    "expired_trigger_id",
  );
});

test("a view that is refused does not spend its trigger, and its mistakes are pointed at", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack);
  const client = webClient(slack);
  const trigger_id = await bolt.fresh();
  await expect(
    client.views.open({ trigger_id, view: modal({ title: plain("x".repeat(25)) }) }),
  ).rejects.toMatchObject({
    data: {
      error: "invalid_arguments",
      response_metadata: {
        messages: ["[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"],
      },
    },
  });
  expect(await refusal(client.views.open({ trigger_id, view: modal() }))).toBe("accepted");
});

test("three modals can be stacked, not four; closing shows the one below", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack);
  const client = webClient(slack);
  await client.views.open({ trigger_id: await bolt.fresh(), view: modal({ title: plain("One") }) });
  await client.views.push({ trigger_id: await bolt.fresh(), view: modal({ title: plain("Two") }) });
  const { view } = await client.views.push({
    trigger_id: await bolt.fresh(),
    view: modal({ title: plain("Three") }),
  });
  const fourth = client.views.push({ trigger_id: await bolt.fresh(), view: modal() });
  expect(await refusal(fourth)).toBe("push_limit_reached");

  const oncall = slack.as("oncall");
  const top = await oncall.waitForView("Three");
  const closed = await oncall.close(top);
  expect(closed.view?.title).toBe("Two");
  expect(await refusal(client.views.update({ view_id: view?.id ?? "", view: modal() }))).toBe("not_found");
});

test("an update with an old hash is a conflict", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack);
  const client = webClient(slack);
  const { view } = await client.views.open({ trigger_id: await bolt.fresh(), view: modal() });
  const update = () =>
    client.views.update({ view_id: view?.id ?? "", hash: view?.hash ?? "", view: modal() });
  expect(await refusal(update())).toBe("accepted");
  expect(await refusal(update())).toBe("hash_conflict");
});

test("what was typed stays through an update where block id and action id stay", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack);
  const client = webClient(slack);
  const oncall = slack.as("oncall");
  const { view } = await client.views.open({
    trigger_id: await bolt.fresh(),
    view: modal({ blocks: [field("reason", "Reason"), field("note", "Note")] }),
  });
  const form = await oncall.waitForView("Form");
  await oncall.fill(form, { Reason: "INC-1", Note: "gone soon" }).apply();
  const updated = await client.views.update({
    view_id: view?.id ?? "",
    view: modal({ blocks: [field("other", "Note"), field("reason", "Reason")] }),
  });
  expect(updated.view?.state).toMatchObject({
    values: {
      reason: { v: { value: "INC-1" } },
      other: { v: { value: null } },
    },
  });
  expect(oncall.view()?.rendered).toContain("Reason: ( INC-1 )");
});

test("an external id is held by one view at a time and names it in an update", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack);
  const client = webClient(slack);
  await client.views.open({ trigger_id: await bolt.fresh(), view: modal({ external_id: "draft-1" }) });
  const again = client.views.push({
    trigger_id: await bolt.fresh(),
    view: modal({ external_id: "draft-1" }),
  });
  expect(await refusal(again)).toBe("duplicate_external_id");
  const update = client.views.update({ external_id: "draft-1", view: modal({ title: plain("New") }) });
  expect(await refusal(update)).toBe("accepted");
  expect(slack.as("oncall").view()?.title).toBe("New");
});

test("a form answers with errors, an update, a push, or closes everything", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack, (app) => {
    const answers = new Map<string, ViewResponseAction>([
      ["errors", { response_action: "errors", errors: { reason: "No" } }],
      ["wrong errors", { response_action: "errors", errors: { nowhere: "No" } }],
      ["update", { response_action: "update", view: modal({ title: plain("Updated") }) }],
      ["push", { response_action: "push", view: modal({ title: plain("Pushed") }) }],
      ["clear", { response_action: "clear" }],
    ]);
    app.view("form", async ({ ack, view }) => {
      const answer = answers.get(view.state.values["reason"]?.["v"]?.value ?? "");
      await (answer ? ack(answer) : ack());
    });
  });
  const oncall = slack.as("oncall");
  await webClient(slack).views.open({ trigger_id: await bolt.fresh(), view: modal() });
  const submit = async (reason: string) => {
    const view = await oncall.waitForView();
    return oncall.fill(view, { reason }).submit();
  };
  expect(await submit("errors")).toMatchObject({ status: "invalid", fieldErrors: { reason: "No" } });
  const wrong = await submit("wrong errors");
  expect(wrong).toMatchObject({ status: "error", view: { title: "Form" } });
  expect(wrong.shown).toContain("We had some trouble connecting");
  expect((await submit("update")).view).toMatchObject({ title: "Updated", errors: {} });
  expect((await submit("push")).view?.title).toBe("Pushed");
  expect((await submit("close")).view?.title).toBe("Updated");
  expect(await submit("clear")).toMatchObject({ status: "ok", view: undefined });
});

test("the client sends nothing while a field is missing or wrong", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack);
  const oncall = slack.as("oncall");
  await webClient(slack).views.open({
    trigger_id: await bolt.fresh(),
    view: modal({
      blocks: [
        {
          ...field("short", "Short"),
          element: { type: "plain_text_input", action_id: "v", min_length: 3, max_length: 5 },
        },
        {
          ...field("count", "Count"),
          element: {
            type: "number_input",
            action_id: "v",
            is_decimal_allowed: false,
            min_value: "1",
            max_value: "9",
          },
        },
        { ...field("mail", "Mail"), element: { type: "email_text_input", action_id: "v" } },
        { ...field("link", "Link"), element: { type: "url_text_input", action_id: "v" } },
        { ...field("free", "Free"), optional: true },
      ],
    }),
  });
  const form = await oncall.waitForView("Form");
  const tried = async (fields: Record<string, string | number>) =>
    (await oncall.fill(form, fields).submit()).fieldErrors;
  expect(Object.keys(await tried({}))).toEqual(["short", "count", "mail", "link"]);
  expect(await tried({ Short: "ab", Count: 10, Mail: "me", Link: "example" })).toEqual({
    short: "Enter at least 3 characters.",
    count: "Enter a number of at most 9.",
    mail: "Enter a valid email address.",
    link: "Enter a valid URL.",
  });
  expect(
    await tried({ Short: "abcdef", Count: "1.5", Mail: "me@example.com", Link: "https://example.com" }),
  ).toEqual({
    short: "Enter no more than 5 characters.",
    count: "Enter a whole number.",
  });
  expect(slack.record.deliveries("view_submission")).toEqual([]);
});

test("the app hears that a view was closed only when it asked to", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack, (app) => {
    app.view({ callback_id: "form", type: "view_closed" }, ({ ack }) => ack());
  });
  const oncall = slack.as("oncall");
  const client = webClient(slack);
  await client.views.open({ trigger_id: await bolt.fresh(), view: modal() });
  await oncall.close(await oncall.waitForView());
  expect(slack.record.deliveries("view_closed")).toEqual([]);

  const { view: root } = await client.views.open({
    trigger_id: await bolt.fresh(),
    view: modal({ notify_on_close: true }),
  });
  await client.views.push({ trigger_id: await bolt.fresh(), view: modal({ title: plain("Second") }) });
  await oncall.close(await oncall.waitForView("Second"), { all: true });
  expect(slack.record.deliveries("view_closed").map((d) => d.payload)).toMatchObject([
    { is_cleared: true, view: { id: root?.id } },
  ]);
});

test("a field that reports its changes is sent with the whole state, and the form can change under it", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack, (app) => {
    app.action("pick", async ({ ack, body, client }) => {
      await ack();
      if (body.type !== "block_actions" || !body.view) return;
      const picked = body.view.state.values["book"]?.["pick"]?.selected_option?.value ?? "";
      await client.views.update({
        view_id: body.view.id,
        hash: body.view.hash,
        view: modal({ blocks: [picker, field(`${picked}-id`, `Id in ${picked}`)] }),
      });
    });
  });
  const picker = {
    type: "input" as const,
    block_id: "book",
    dispatch_action: true,
    label: plain("Runbook"),
    element: {
      type: "static_select" as const,
      action_id: "pick",
      options: ["orders", "users"].map((value) => ({ text: plain(value), value })),
    },
  };
  const oncall = slack.as("oncall");
  await webClient(slack).views.open({ trigger_id: await bolt.fresh(), view: modal({ blocks: [picker] }) });
  const form = await oncall.waitForView();
  await expect(oncall.select(form, "Runbook", "payments")).rejects.toThrow("there is: orders, users");
  await oncall.fill(form, { Runbook: "orders" }).apply();
  const next = await oncall.waitForView("Id in orders");
  expect(next.rendered).toContain("Runbook: ( orders )");
});

test("an external menu asks the app for its options", async () => {
  await using slack = await startSlack();
  await using bolt = await appWithTrigger(slack, (app) => {
    app.options("find", ({ ack, options }) =>
      ack({ options: [{ text: plain(`Order ${options.value}`), value: options.value }] }),
    );
  });
  const search = {
    ...field("order", "Order"),
    element: { type: "external_select" as const, action_id: "find", min_query_length: 2 },
  };
  const oncall = slack.as("oncall");
  await webClient(slack).views.open({ trigger_id: await bolt.fresh(), view: modal({ blocks: [search] }) });
  const form = await oncall.waitForView();
  await expect(oncall.suggest(form, "Order", "4")).rejects.toThrow("at least 2 characters");
  expect((await oncall.suggest(form, "Order", "42")).options).toMatchObject([{ value: "42" }]);
  await oncall.fill(form, { Order: "42" }).apply();
  expect(oncall.view()?.rendered).toContain("Order: ( Order 42 )");
});

test("App Home: opened, published, changed, and its buttons pressed", async () => {
  await using slack = await startSlack();
  let pressed = "";
  const home = (text: string) => ({
    type: "home" as const,
    blocks: [
      { type: "section" as const, text: plain(text) },
      {
        type: "actions" as const,
        elements: [{ type: "button" as const, action_id: "end", text: plain("End"), value: "r1" }],
      },
    ],
  });
  await using _ = await boltOverSockets(slack, (app) => {
    app.event("app_home_opened", async ({ event, client }) => {
      await client.views.publish({ user_id: event.user, view: home(event.view ? "Again" : "First") });
    });
    app.action("end", async ({ ack, body }) => {
      pressed = body.type === "block_actions" ? (body.view?.type ?? "") : "";
      await ack();
    });
  });
  const lead = slack.as("lead");
  await lead.openHome();
  const first = await lead.waitForHome("First");
  await lead.openHome();
  await lead.waitForHome("Again");
  expect((await lead.click(first, "End")).status).toBe("ok");
  expect(pressed).toBe("home");
  expect(slack.as("oncall").home()).toBeUndefined();
  const stale = webClient(slack).views.publish({ user_id: lead.id, view: home("x"), hash: first.hash });
  expect(await refusal(stale)).toBe("hash_conflict");
});
