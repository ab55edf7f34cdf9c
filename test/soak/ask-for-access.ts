import type { Persona } from "../../src/sandbox/slack/driver.ts";
import type { Fields } from "../../src/sandbox/slack/form.ts";
import { INCIDENTS } from "../flows/acting.ts";
import { HOLDER } from "../flows/writing.ts";
import { awaited, tryTo } from "./at-the-screen.ts";
import type { RunbookName, Tale } from "./story.ts";

/** What one tale of a story is about, besides its runbook. */
export type Subject = {
  /** Stands in the request's reason and in nothing else. */
  mark: string;
  /** The order that is written to; each tale has its own. */
  order: string;
};

/** Types the command and fills the form; true when Slack closed it without a word, so that the person believes they asked. */
export async function askForAccess(person: Persona, tale: Tale, subject: Subject): Promise<boolean> {
  for (let tries = 0; tries < 2; tries++) {
    // A form that is sent again is the same request: what was left open by another story is not filled anew.
    const left = person.view();
    if (left) await tryTo(() => person.close(left, { all: true }));
    const command = tale.breakGlass ? "break-glass" : "request";
    const typed = await tryTo(() =>
      person.command(`/jit ${command} ${tale.runbook}`, { channel: INCIDENTS }),
    );
    const send = tale.breakGlass ? "Start now" : "Send request";
    // Who was told that nothing came of it does not wait for a form.
    const form =
      typed?.status === "ok" ? await awaited((glance) => person.waitForView(send, glance)) : undefined;
    if (!form) continue;
    const outcome = await tryTo(() => person.fill(form, fieldsOf(tale, subject)).submit());
    if (outcome?.status === "ok" && !outcome.view) return true;
    await tryTo(() => person.close(form, { all: true }));
    // Said to be on its way, or that something failed: who sees that looks for a card before asking again.
    return false;
  }
  return false;
}

function fieldsOf({ runbook, window }: Tale, { mark, order }: Subject): Fields {
  return {
    ...inputsOf(runbook, order),
    ...(window ? { "What for": "A time window" } : {}),
    Reason: `${mark} because the story says so`,
    "Incident or ticket": "INC-4211",
  };
}

/** The stuck orders of the seed, more than a table in Slack holds, so that they go as a file. */
function inputsOf(runbook: RunbookName, order: string): Fields {
  switch (runbook) {
    case "orders-by-id":
      return { "Order number": "O-00000001" };
    case "orders-recent-of-customer":
      return { Customer: "C-1234" };
    case "orders-stuck-by-status":
      return { Status: "PAID", "In this status since before (UTC)": Math.floor(Date.now() / 1000) };
    case "orders-release-lock":
      return { "Order number": order, "Held by": HOLDER };
    case "trail-by-name":
      return { Day: dayBefore(1), "Event name": "AssumeRole" };
    case "trail-hunt":
      return { Query: queryOf(1) };
  }
}

/** As many days ago, of a few events. */
export function queryOf(days: number): string {
  return `SELECT eventname, eventtime FROM cloudtrail_logs WHERE account = '111122223333' AND region = 'eu-west-1' AND day = '${dayBefore(days)}' LIMIT ${days + 2}`;
}

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");
}
