import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  aPlace,
  fillAndSend,
  go,
  modal,
  newestMessage,
  type Place,
  press,
  type,
  tellsWhatStood,
} from "./a-place.ts";

const yesterday = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10);
const good = `SELECT customer_id, country FROM customers WHERE dt = '${yesterday}' ORDER BY customer_id LIMIT 5`;

describe("a query of one's own", () => {
  let place: Place;
  tellsWhatStood(() => place);
  beforeAll(async () => {
    place = await aPlace();
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  test("what is wrong with it stands on its field, and corrected it goes to the approvers", async () => {
    const oncall = await place.tab("oncall", "C0INCIDENTS");
    await type(oncall, "/jit request crm-adhoc");
    await fillAndSend(oncall, {
      Query: `SELECT * FROM customers WHERE dt = '${yesterday}' LIMIT 5`,
      Reason: "INC-4211 customers",
    });
    const error = modal(oncall).getByRole("alert");
    await error.waitFor();
    expect(await error.textContent()).toContain("*");
    const field = modal(oncall).getByLabel("Query");
    expect(await field.inputValue()).toContain("SELECT *");
    await fillAndSend(oncall, { Query: good });
    await modal(oncall).waitFor({ state: "hidden" });
    await go(oncall, "#jit-approvals");
    await newestMessage(oncall).getByText("INC-4211 customers").waitFor();
  });

  test("a running query is stopped by its owner, at AWS too", async () => {
    const oncall = await place.tab("oncall", "dm");
    const security = await place.tab("security", "C0APPROVALS");
    await security.getByRole("tab", { name: "Controls" }).click();
    await security.getByLabel("Seconds that every query takes").fill("120");
    await security.getByRole("button", { name: "Slow down Athena" }).click();
    await security.getByText("Slow down Athena: done.").waitFor();

    await press(security, "Approve", "Approve");
    await place.sandbox.aws.calls.waitForCall(({ operation }) => operation === "StartQueryExecution");
    await go(oncall, "Direct message with jit");
    await press(oncall, "End access", "End it");
    const stop = await place.sandbox.aws.calls.waitForCall(
      ({ operation }) => operation === "StopQueryExecution",
      60_000,
    );
    expect(stop.access).toBe("allowed");
    await security.getByRole("tab", { name: "Inside" }).click();
    const inside = security.getByRole("tabpanel", { name: "Inside" });
    await inside.locator(".run .pill.stopped").waitFor();
  });

  test("no tab complained", () => {
    expect(place.complaints).toEqual([]);
  });
});
