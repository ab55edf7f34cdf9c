import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Request } from "../../src/request/request.ts";
import type { Persona } from "../../src/sandbox/slack/driver.ts";
import { requestCard } from "../../src/slack/blocks/request-card.ts";
import { eventually } from "../fixtures/eventually.ts";
import { lead, requester } from "../fixtures/a-request.ts";
import { choiceOf, namedRunbook } from "./all-kinds-runbook.ts";
import { lives, ordersPlan } from "./lives.ts";
import { type Harness, openSurface } from "./surface-harness.ts";

const id = "R0000000000000001";

describe("acts on a card", () => {
  let harness: Harness;
  let oncall: Persona;
  let approver: Persona;

  beforeAll(async () => {
    harness = await openSurface();
    oncall = harness.slack.as("oncall");
    approver = harness.slack.as("lead");
    harness.runbooks.set("orders-stuck-by-status", namedRunbook("orders-stuck-by-status", "Orders stuck"));
  });
  afterAll(() => harness[Symbol.asyncDispose]());
  beforeEach(async () => {
    for (const person of [oncall, approver]) {
      const open = person.view();
      if (open) await person.close(open, { all: true });
    }
    harness.useCases.calls.length = 0;
    harness.log.length = 0;
    harness.useCases.answers.act = async (_, requestId) => {
      const request = harness.useCases.requests.find((one) => one.id === requestId);
      return request ? { status: "done", request } : { status: "not-found" };
    };
  });

  /** A card as the bot posts it, of a request at this point of its life. */
  async function post(life: string, audience: "approvers-channel" | "requester" = "approvers-channel") {
    const request = lives[life]?.({ plan: ordersPlan({ requestId: id }) }) as Request;
    harness.useCases.requests = [request];
    const { text, blocks } = requestCard(request, audience, {});
    const posted = await harness.surface.clients.background.chat.postMessage({
      channel: audience === "requester" ? requester.userId : "C0APPROVALS",
      text,
      blocks,
    });
    const digest = request.planDigest.slice(0, 12);
    return { request, digest, card: { channel: posted.channel ?? "", ts: posted.ts ?? "" } };
  }

  test("Approve casts a vote for the plan that the button shows, by the person of the delivery", async () => {
    const { card, digest } = await post("pending");
    await approver.click(card, "jit_approve");
    await eventually(() => harness.useCases.of("castVote").length > 0);
    expect(harness.useCases.of("castVote")).toEqual([
      { requestId: id, by: lead, decision: "approve", shownDigest: digest, shownIn: card },
    ]);
  });

  test("a refusal is seen only by the person who acted, and says who can", async () => {
    const { card, request } = await post("pending");
    harness.useCases.answers.act = async () => ({ status: "refused", why: { kind: "own-request" }, request });
    const posted = approver.messages("#jit-approvals").length;
    await oncall.click(card, "jit_approve");
    const told = await oncall.waitForEphemeral(/You asked for this yourself/);
    expect(told.rendered).toMatch(/can decide/);
    expect(approver.messages("#jit-approvals")).toHaveLength(posted);
    expect(approver.ephemerals()).toEqual([]);
  });

  test("a refusal still reaches the person when the response URL is gone", async () => {
    const { card, request } = await post("pending");
    const refusal = Promise.withResolvers<void>();
    harness.useCases.answers.act = async () => {
      await refusal.promise;
      return { status: "refused", why: { kind: "not-an-approver" }, request };
    };
    await oncall.click(card, "jit_approve");
    harness.slack.faults.advanceClock(31 * 60_000);
    refusal.resolve();
    expect(await oncall.waitForEphemeral(/not an approver of this request/)).toBeDefined();
  });

  test("the same click delivered three times is one vote, two clicks are two", async () => {
    const { card } = await post("pending");
    harness.slack.faults.duplicateNext({ extra: 2, type: "block_actions" });
    await approver.click(card, "jit_approve");
    await eventually(() => harness.useCases.of("castVote").length > 0);
    await approver.click(card, "jit_approve");
    await eventually(() => harness.useCases.of("castVote").length > 1);
    expect(harness.useCases.of("castVote")).toHaveLength(2);
  });

  test("Deny asks for a reason, names what is denied, and casts the vote with it", async () => {
    const { card, digest } = await post("pending");
    await approver.click(card, "jit_deny");
    const form = await approver.waitForView(/Denying ends this request/);
    expect(form.rendered).toContain("Orders stuck in a workflow status");
    expect((await approver.submit(form)).status).toBe("invalid");
    expect(await approver.fill(form, { Reason: "  Ask for a smaller window  " }).submit()).toMatchObject({
      status: "ok",
      view: undefined,
    });
    expect(harness.useCases.of("castVote")).toEqual([
      {
        requestId: id,
        by: lead,
        decision: "deny",
        reason: "Ask for a smaller window",
        shownDigest: digest,
        shownIn: card,
      },
    ]);
  });

  test("a reason of spaces alone is asked for again on its field", async () => {
    const { card } = await post("pending");
    await approver.click(card, "jit_deny");
    const form = await approver.waitForView(/Denying ends/);
    const outcome = await approver.fill(form, { Reason: "   " }).submit();
    expect(outcome.fieldErrors).toEqual({ reason: "Say why, in a few words." });
    expect(harness.useCases.of("castVote")).toEqual([]);
  });

  test("the requester who presses Deny is told so before typing anything", async () => {
    const { card } = await post("pending");
    await oncall.click(card, "jit_deny");
    expect(await oncall.waitForView(/You asked for this yourself/)).toBeDefined();
  });

  test("Deny on a decided request says by whom and when", async () => {
    const { card, request } = await post("pending");
    harness.useCases.requests = [lives["denied"]?.({ plan: ordersPlan({ requestId: id }) }) ?? request];
    await approver.click(card, "jit_deny");
    expect(await approver.waitForView(/Too late: this request is denied/)).toBeDefined();
  });

  test("a vote that is refused after the reason was typed says why in the view", async () => {
    const { card, request } = await post("pending");
    await approver.click(card, "jit_deny");
    const form = await approver.waitForView(/Denying ends/);
    harness.useCases.answers.act = async () => ({
      status: "refused",
      why: { kind: "lapsed", at: request.lapsesAt },
      request,
    });
    const outcome = await approver.fill(form, { Reason: "Too late" }).submit();
    expect(outcome.view?.rendered).toMatch(/This request lapsed/);
  });

  test("a slow vote closes Slack's wait in time and says its outcome later", async () => {
    const { card, request } = await post("pending");
    await approver.click(card, "jit_deny");
    const form = await approver.waitForView(/Denying ends/);
    const slow = Promise.withResolvers<void>();
    harness.useCases.answers.act = async () => {
      await slow.promise;
      return { status: "refused", why: { kind: "lapsed", at: request.lapsesAt }, request };
    };
    const outcome = await approver.fill(form, { Reason: "Too wide" }).submit();
    expect(outcome).toMatchObject({ status: "ok" });
    expect(outcome.view?.rendered).toContain("One moment");
    slow.resolve();
    expect(await approver.waitForView(/This request lapsed/)).toBeDefined();
  });

  test("a window that Slack no longer opens is said in words, not lost", async () => {
    const { card } = await post("pending");
    harness.slack.faults.failCall("views.open", "expired_trigger_id");
    await approver.click(card, "jit_show");
    expect(await approver.waitForEphemeral(/took too long/)).toBeDefined();
  });

  test("Show opens the whole request, and says to others that it is not theirs", async () => {
    const { card, request } = await post("pending");
    await approver.click(card, "jit_show");
    const view = await approver.waitForView(request.planDigest);
    expect(view.rendered).toContain("allows one query on one partition");
    harness.useCases.answers.act = async () => ({ status: "refused", why: { kind: "not-yours" }, request });
    const engineer = harness.slack.as("engineer");
    await engineer.click(card, "jit_show");
    const refused = await engineer.waitForView(/Only .* the approvers of this request and admins/);
    expect(refused.rendered).not.toContain(request.planDigest);
  });

  test("a slow view says that it is coming, and shows a failure in words with a reference", async () => {
    const { card } = await post("pending");
    const slow = Promise.withResolvers<void>();
    harness.useCases.answers.act = async () => {
      await slow.promise;
      throw new Error("the table is gone");
    };
    await approver.click(card, "jit_show");
    await approver.waitForView(/One moment/);
    slow.resolve();
    const view = await approver.waitForView(/Something went wrong/);
    const reference = /`([0-9a-f]{8})`/.exec(view.rendered)?.[1];
    expect(harness.log.map(({ fields }) => fields["reference"])).toContain(reference);
  });

  test("Revoke asks for a reason and ends the access with it", async () => {
    const { card } = await post("running");
    await approver.click(card, "jit_revoke");
    const form = await approver.waitForView(/ends the access now/);
    await approver.fill(form, { Reason: "The incident is over" }).submit();
    expect(harness.useCases.of("endGrant")).toEqual([
      { requestId: id, by: lead, reason: "The incident is over" },
    ]);
  });

  test("End, Cancel and Run again do what they say, for the person of the delivery", async () => {
    const running = await post("running", "requester");
    await oncall.click(running.card, "jit_end");
    const pending = await post("pending", "requester");
    await oncall.click(pending.card, "jit_cancel");
    await eventually(() => harness.useCases.of("cancelRequest").length > 0);
    expect(harness.useCases.of("endGrant")).toEqual([{ requestId: id, by: requester }]);
    expect(harness.useCases.of("cancelRequest")).toEqual([{ requestId: id, by: requester }]);
    await clickValue("jit_run_again", `${id}:${"a".repeat(12)}`);
    await eventually(() => harness.useCases.of("runAgain").length > 0);
    expect(harness.useCases.of("runAgain")).toEqual([{ requestId: id, by: requester }]);
  });

  test("Ask again opens the form filled in as it was, reason included for its owner", async () => {
    harness.useCases.choices = [choiceOf(namedRunbook("orders-stuck-by-status", "Orders stuck"))];
    const { card } = await post("lapsed", "requester");
    await oncall.click(card, "jit_ask_again");
    const form = await oncall.waitForView(/Orders stuck/);
    expect(form.rendered).toContain("PAID");
    expect(form.rendered).toContain("Alert OrderWorkflowAge fires since 02:10");
    expect(form.rendered).toContain("INC-4211");
  });

  test("a listener that throws is acknowledged, logged and said in words with a reference", async () => {
    const { card } = await post("pending");
    harness.useCases.answers.act = async () => {
      throw new TypeError("secret detail of the inside");
    };
    expect(await approver.click(card, "jit_approve")).toMatchObject({ status: "ok" });
    const told = await approver.waitForEphemeral(/Something went wrong on our side/);
    const reference = /`([0-9a-f]{8})`/.exec(told.rendered)?.[1];
    const line = harness.log.find(({ fields }) => fields["reference"] === reference);
    expect(line).toMatchObject({ level: "error", fields: { during: "jit_approve", error: "TypeError" } });
    expect(told.rendered).not.toContain("secret detail");
  });

  test("a button with a value that is none of ours changes nothing", async () => {
    for (const value of ["", "R1", `${id}:nothex`, `../${id}:aaaaaaaaaaaa`, `${id}:aaaaaaaaaaaa:more`]) {
      await clickValue("jit_approve", value);
    }
    expect(harness.useCases.of("castVote")).toEqual([]);
  });

  test("an act that nothing listens to is acknowledged at once", async () => {
    const ack = await clickValue("jit_unheard_of", "x");
    expect(ack).toMatchObject({ status: "acked" });
    expect(ack.latencyMs).toBeLessThan(3_000);
  });

  /** A click that no card offers, as anybody could send who holds the app token. */
  function clickValue(actionId: string, value: string) {
    const { slack } = harness;
    return slack.deliver({
      kind: "interactive",
      acceptsResponse: false,
      payload: {
        type: "block_actions",
        user: { id: requester.userId, team_id: slack.teamId },
        team: { id: slack.teamId, domain: "sandbox" },
        api_app_id: slack.appId,
        trigger_id: `${Math.random()}`,
        container: { type: "message", message_ts: "1.1", channel_id: "C0APPROVALS" },
        channel: { id: "C0APPROVALS", name: "jit-approvals" },
        actions: [{ type: "button", block_id: "b", action_id: actionId, value, action_ts: "1.1" }],
      },
    });
  }
});
