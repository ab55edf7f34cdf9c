import { describe, expect, test } from "vitest";
import { RetryableError } from "../../src/errors.ts";
import type { PersonProblem } from "../../src/request/outcome.ts";
import type { Output } from "../../src/runbook/plan.ts";
import { type SlackPeer, startSlack } from "../../src/sandbox/slack/start-slack.ts";
import type { Row } from "../../src/workflow/ports.ts";
import { rowsToCsv } from "../../src/workflow/rows-to-csv.ts";
import { later } from "../fixtures/a-request.ts";
import { deskFor } from "./desk.ts";
import { lives, ordersPlan, type Particulars } from "./lives.ts";

const output: Output = {
  ...ordersPlan().output,
  columns: [
    { name: "order_id", title: "Order", type: "string", classification: "internal", mask: "last4" },
    { name: "status", title: "Status", type: "string", classification: "internal", mask: "none" },
    { name: "email", title: "E-mail", type: "string", classification: "pii", mask: "hide" },
  ],
};

const rowsOf = (count: number, email = "person@example.com"): Row[] =>
  Array.from({ length: count }, (_, i) => ({
    order_id: `O-${String(10_000_000 + i)}`,
    status: "PAID",
    email,
  }));

const csvOf = (rows: Row[]) => rowsToCsv(rows, output.columns);

function desk(slack: SlackPeer, particulars: Particulars = {}, now?: Date) {
  const request = lives["succeeded"]!({ ...particulars, plan: { output, ...particulars.plan } });
  const made = deskFor(slack, request, now ? { now } : {});
  return {
    ...made,
    request,
    deliver: (rows: Row[]) => made.delivery.deliver(request, 1, { rows, csv: csvOf(rows), preview: true }),
  };
}

const previewed: Particulars = {
  allowPreview: true,
  plan: { output: { ...output, audience: "thread-preview" } },
};
const inThread = (slack: SlackPeer) =>
  slack.workspace.messages.filter((m) => m.channel === "C0APPROVALS" && m.threadTs !== undefined);
const everythingIn = (slack: SlackPeer, channel: string) =>
  JSON.stringify(slack.workspace.messages.filter((m) => m.channel === channel));

describe("rows", () => {
  test("few of them go to the requester alone, as a table in the thread of their copy", async () => {
    await using slack = await startSlack();
    const { project, deliver } = desk(slack);
    await project();
    expect(await deliver(rowsOf(12))).toEqual({ status: "delivered", as: "table" });
    const [copy, rows] = slack.as("oncall").directMessages();
    expect(rows).toMatchObject({ threadTs: copy?.ts });
    expect(rows?.rendered).toContain("O-10000011");
    expect(rows?.rendered).toContain("12 orders");
    expect(rows?.text).not.toContain("O-1000");
    expect(everythingIn(slack, "C0APPROVALS")).not.toMatch(/O-1000|person@example/);
  });

  test("a column that is always masked is masked for the requester too, once", async () => {
    await using slack = await startSlack();
    const columns = output.columns.map((column) =>
      column.mask === "none" ? column : { ...column, alwaysMasked: true as const },
    );
    const { project, deliver } = desk(slack, { plan: { output: { ...output, columns } } });
    await project();
    await deliver([...rowsOf(1), { order_id: "…0001", status: "PAID", email: "•••" }]);
    const rows = slack.as("oncall").directMessages()[1];
    expect(rows?.rendered).toMatch(/…0000.*PAID.*•••/);
    expect(rows?.rendered).toMatch(/…0001.*PAID.*•••/);
    expect(JSON.stringify(rows?.blocks)).not.toMatch(/O-1000|person@example/);
  });

  test("many go as a CSV file of our own name, which opens only for the requester", async () => {
    await using slack = await startSlack();
    const { project, deliver } = desk(slack);
    await project();
    expect(await deliver(rowsOf(40))).toEqual({ status: "delivered", as: "file" });
    const [file] = slack.workspace.files.values();
    expect(file).toMatchObject({ name: "jit_R0000000000000001_1.csv" });
    expect([...file!.channels]).toEqual([slack.as("oncall").channelId("dm")]);
    expect(file?.content?.toString().split("\r\n")).toHaveLength(42);
    expect(
      slack
        .as("oncall")
        .directMessages()
        .map((m) => m.rendered)
        .join("\n"),
    ).toContain("jit_R0000000000000001_1.csv below");
  });

  test("few but long ones go as a file too", async () => {
    await using slack = await startSlack();
    expect(await desk(slack).deliver(rowsOf(5, "x".repeat(1_100)))).toMatchObject({ as: "file" });
  });

  test("a cell that a spreadsheet would run as a formula is neutralised in the file", async () => {
    await using slack = await startSlack();
    await desk(slack).deliver(rowsOf(30, '=HYPERLINK("https://evil.example.com")'));
    const [file] = slack.workspace.files.values();
    expect(file?.content?.toString()).toContain(`"'=HYPERLINK(""https://evil.example.com"")"`);
    expect(file?.content?.toString()).not.toMatch(/[,\n"]=/);
  });

  test("none is a sentence, and no table or file", async () => {
    await using slack = await startSlack();
    expect(await desk(slack, { result: { rows: 0 } }).deliver([])).toEqual({
      status: "delivered",
      as: "empty",
    });
    expect(slack.as("oncall").directMessages()[0]?.rendered).toContain("No orders are stuck.");
  });

  test("what is stored in a row stays inert in the table", async () => {
    await using slack = await startSlack();
    await desk(slack).deliver(rowsOf(1, "<!channel> \u202E<https://evil.example.com|x>"));
    const shown = slack.as("oncall").directMessages()[0];
    expect(JSON.stringify(shown?.blocks)).toContain("<!channel> ⟨U+202E⟩");
    expect(JSON.stringify(shown?.blocks)).not.toContain('mrkdwn","text":"<!channel>');
  });
});

describe("who the requester is at that moment", () => {
  test.each<PersonProblem>(["deactivated", "guest", "stranger", "other-team", "bot"])(
    "%s: the rows are withheld, and it says why",
    async (problem) => {
      await using slack = await startSlack();
      const { deliver, directory } = desk(slack);
      directory.answer = { status: "refused", problem };
      expect(await deliver(rowsOf(2))).toMatchObject({
        status: "withheld",
        why: expect.stringContaining("may not see them any more") as string,
      });
      expect(slack.workspace.messages).toEqual([]);
    },
  );

  test("unknown: nothing is shown and it is tried again, since unavailable means no", async () => {
    await using slack = await startSlack();
    const { deliver, directory } = desk(slack);
    directory.answer = { status: "refused", problem: "unknown" };
    await expect(deliver(rowsOf(2))).rejects.toThrow(RetryableError);
    expect(slack.workspace.messages).toEqual([]);
  });
});

describe("delivering again", () => {
  test("after everything arrived sends nothing twice", async () => {
    await using slack = await startSlack();
    const { deliver } = desk(slack);
    await deliver(rowsOf(40));
    const count = slack.workspace.messages.length;
    expect(await deliver(rowsOf(40))).toMatchObject({ as: "file" });
    expect(slack.workspace.messages).toHaveLength(count);
    expect(slack.workspace.files.size).toBe(1);
  });

  test("after an upload failed sends the file below the message that stands", async () => {
    await using slack = await startSlack();
    const { deliver } = desk(slack);
    slack.faults.httpError("files.getUploadURLExternal");
    await expect(deliver(rowsOf(40))).rejects.toThrow(RetryableError);
    expect(await deliver(rowsOf(40))).toMatchObject({ as: "file" });
    expect(slack.record.api("chat.postMessage")).toHaveLength(1);
  });

  test("while Slack is rate limited is asked for", async () => {
    await using slack = await startSlack();
    const { deliver } = desk(slack);
    slack.faults.rateLimit("chat.postMessage");
    await expect(deliver(rowsOf(2))).rejects.toThrow(RetryableError);
    expect(await deliver(rowsOf(2))).toMatchObject({ as: "table" });
  });
});

describe("the masked preview", () => {
  test("stands below the start of its run, however late that is told", async () => {
    await using slack = await startSlack();
    const { deliver } = desk(slack, previewed);
    await deliver(rowsOf(3));
    const told = inThread(slack).map(({ text, blocks }) => `${text} ${JSON.stringify(blocks)}`);
    const started = told.findIndex((text) => text.includes("Run 1 started"));
    expect(started).toBeGreaterThanOrEqual(0);
    expect(told.findIndex((text) => text.includes("…0000"))).toBeGreaterThan(started);
  });

  test("stands in the thread when runbook and policy both allow it, ten rows, masked as declared", async () => {
    await using slack = await startSlack();
    const { project, deliver } = desk(slack, previewed);
    await project();
    await deliver(rowsOf(12));
    const preview = slack
      .as("lead")
      .thread("C0APPROVALS", slack.as("lead").messages("C0APPROVALS")[0]!.ts)
      .at(-1)!;
    expect(preview.rendered).toContain("10 of 12 orders");
    expect(preview.rendered).toContain("…0000");
    expect(preview.rendered).toContain("•••");
    expect(JSON.stringify(preview)).not.toMatch(/O-1000|person@example/);
  });

  test.each([
    ["the policy does not allow it", { ...previewed, allowPreview: false }],
    ["the runbook does not allow it", { allowPreview: true }],
  ])("is not there when %s", async (_, particulars) => {
    await using slack = await startSlack();
    const { project, deliver } = desk(slack, particulars);
    await project();
    const count = inThread(slack).length;
    await deliver(rowsOf(12));
    expect(inThread(slack)).toHaveLength(count);
  });

  test("is withheld from a channel that another organisation joined since the request", async () => {
    await using slack = await startSlack();
    const { project, deliver } = desk(slack, previewed);
    await project();
    slack.faults.shareChannel("C0APPROVALS");
    expect(await deliver(rowsOf(3))).toEqual({
      status: "delivered",
      as: "table",
      noPreview: "this channel is shared with another organisation, or about to be",
    });
    expect(everythingIn(slack, "C0APPROVALS")).not.toContain("…0000");
    expect(everythingIn(slack, "C0APPROVALS")).toContain("shared with another organisation");
  });

  test("is withheld when Slack can't say who reads the channel", async () => {
    await using slack = await startSlack();
    const { project, deliver } = desk(slack, previewed);
    await project();
    slack.faults.httpError("conversations.info");
    expect(await deliver(rowsOf(3))).toMatchObject({ status: "delivered" });
    expect(everythingIn(slack, "C0APPROVALS")).not.toContain("…0000");
  });
});

describe("a preview that fails", () => {
  const doomed = {
    allowPreview: true,
    plan: { output: { ...output, audience: "thread-preview", removeOnEnd: true } },
  } as const;

  test.each([
    ["Slack refuses it with an error that nobody knows of", "an_error_of_tomorrow"],
    ["Slack takes nothing just now", "internal_error"],
  ])("leaves the rows delivered when %s", async (_, error) => {
    await using slack = await startSlack();
    const { project, deliver, store } = desk(slack, doomed);
    await project();
    // After the rows' own message, and before the preview's.
    store.beforeSave = () => slack.faults.failCall("chat.postMessage", error);
    expect(await deliver(rowsOf(3))).toEqual({
      status: "delivered",
      as: "table",
      noPreview: "it could not be posted",
    });
  });

  test("leaves the rows delivered when it can't be remembered, and does not stand", async () => {
    await using slack = await startSlack();
    const { project, deliver, store } = desk(slack, doomed);
    await project();
    store.beforeSave = () => {
      store.beforeSave = () => {
        store.failSaves = 1;
      };
    };
    expect(await deliver(rowsOf(3))).toEqual({
      status: "delivered",
      as: "table",
      noPreview: "it could not be posted",
    });
    expect(everythingIn(slack, "C0APPROVALS")).not.toContain("…0000");
  });
});

describe("rows that stand though their delivery failed", () => {
  const removed = { plan: { output: { ...output, removeOnEnd: true } } } as const;
  const lost = { status: "lost", at: later(64).toISOString(), why: "Slack could not be reached" } as const;

  test("go when their time is over: what has to go is what stands, not what was reported", async () => {
    await using slack = await startSlack();
    const { project, deliver, store } = desk(slack, removed, later(3_600));
    await deliver(rowsOf(40));
    const request = lives["revoked"]!(removed);
    const runs = request.runs.map((run) => ({ ...run, delivery: lost }));
    store.become({ ...request, runs });
    await project();
    expect([...slack.workspace.files.values()]).toMatchObject([{ deleted: true }]);
    expect(slack.as("oncall").directMessages()[0]?.rendered).toContain("Rows removed");
    const calls = slack.record.api("chat.update").length;
    await project();
    expect(slack.record.api("chat.update")).toHaveLength(calls);
  });

  test("a message that there were none stays", async () => {
    await using slack = await startSlack();
    const { project, deliver, store } = desk(slack, { ...removed, result: { rows: 0 } }, later(3_600));
    await deliver([]);
    store.become(lives["revoked"]!({ ...removed, result: { rows: 0 } }));
    await project();
    expect(slack.as("oncall").directMessages()[0]?.rendered).toContain("No orders are stuck.");
  });

  test("a file whose upload was never confirmed is deleted before another is sent, and none is left", async () => {
    await using slack = await startSlack();
    const { deliver, store, removeResults } = desk(slack, removed, later(3_600));
    slack.faults.resetAfterAccept("files.completeUploadExternal");
    await expect(deliver(rowsOf(40))).rejects.toThrow(RetryableError);
    expect(store.projection.copies).toMatchObject([{ role: "rows", file: expect.any(String) }]);
    expect(await deliver(rowsOf(40))).toEqual({ status: "delivered", as: "file" });
    const standing = () =>
      [...slack.workspace.files.values()].filter((file) => file.complete && !file.deleted);
    expect(standing()).toHaveLength(1);
    store.become(lives["revoked"]!(removed));
    await removeResults(store.request);
    expect(standing()).toEqual([]);
  });

  test("a message or file that can't be remembered does not stand", async () => {
    await using slack = await startSlack();
    const { deliver, store } = desk(slack, removed);
    store.failSaves = 1;
    await expect(deliver(rowsOf(3))).rejects.toThrow("died");
    expect(slack.as("oncall").directMessages()).toEqual([]);
    store.failSaves = 0;
    store.beforeSave = () => {
      store.beforeSave = () => {
        store.failSaves = 1;
      };
    };
    await expect(deliver(rowsOf(40))).rejects.toThrow("died");
    expect([...slack.workspace.files.values()].filter((file) => file.complete)).toEqual([]);
  });
});

describe("rows whose time is over", () => {
  const removed = {
    allowPreview: true,
    plan: { output: { ...output, audience: "thread-preview", removeOnEnd: true } },
  } as const;

  test("stay until the granted time is over when a single run ended its grant at once", async () => {
    await using slack = await startSlack();
    const { project, deliver, store } = desk(slack, removed, later(100));
    await deliver(rowsOf(3));
    store.become(lives["revoked"]!(removed));
    await project();
    const [rows] = slack.as("oncall").directMessages();
    expect(rows?.rendered).toContain("O-10000002");
    expect(rows?.rendered).toContain("They are removed 2026-11-21 02:25:48 UTC");
  });

  test("go then: table, file and preview, and the messages say so", async () => {
    await using slack = await startSlack();
    const { project, deliver, store } = desk(slack, removed, later(3_600));
    await project();
    await deliver(rowsOf(40));
    store.become(lives["revoked"]!(removed));
    await project();
    await project();
    const [file] = slack.workspace.files.values();
    expect(file).toMatchObject({ deleted: true, content: undefined });
    expect(
      slack
        .as("oncall")
        .directMessages()
        .map((m) => m.rendered)
        .join("\n"),
    ).toContain("Rows removed");
    expect(everythingIn(slack, "C0APPROVALS")).not.toContain("…0000");
    expect(slack.record.api("files.delete")).toHaveLength(1);
    expect(store.projection.copies.some((copy) => copy.file)).toBe(false);
  });

  test("go at once when an approver revoked the access", async () => {
    await using slack = await startSlack();
    const { project, deliver, store } = desk(slack, removed, later(60));
    await deliver(rowsOf(3));
    store.become(lives["revoking"]!({ ...removed, revokeReason: "Wrong table" }));
    await project();
    expect(slack.as("oncall").directMessages()[0]?.rendered).not.toContain("O-1000");
  });

  test("are tried again while Slack fails, and stay when the runbook does not ask for removal", async () => {
    await using slack = await startSlack();
    const { deliver, store, removeResults } = desk(slack, removed, later(3_600));
    await deliver(rowsOf(40));
    store.become(lives["revoked"]!(removed));
    slack.faults.rateLimit("files.delete");
    await expect(removeResults(store.request)).rejects.toThrow(RetryableError);
    await removeResults(store.request);
    expect([...slack.workspace.files.values()][0]?.deleted).toBe(true);

    const kept = desk(slack, {}, later(3_600));
    await kept.deliver(rowsOf(3));
    kept.store.become(lives["revoked"]!({ plan: { output } }));
    await kept.project();
    expect(
      slack
        .as("oncall")
        .directMessages()
        .some((m) => m.rendered.includes("O-1000")),
    ).toBe(true);
  });
});
