import { customersFacts } from "../seed/logs/customers-table.ts";
import type { Sandbox } from "../start-sandbox.ts";
import {
  approve,
  APPROVALS,
  INCIDENTS,
  linesWith,
  newestCard,
  PATIENCE,
  requestIdIn,
  roleNames,
} from "./stage.ts";
import type { Told } from "./transcript.ts";

/** i) A query of one's own over personal data: refused on its field, corrected, approved, run, masked. */
export async function personalData(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, aws } = sandbox;
  const { known, snapshotDay } = customersFacts(aws.clock.now());
  const person = slack.as("oncall");
  told.say(roleNames.oncall, `types /jit request crm-adhoc in ${INCIDENTS}`);
  await person.command("/jit request crm-adhoc", { channel: INCIDENTS });
  const form = await person.waitForView("Send request", PATIENCE);
  const where = `FROM customers WHERE dt = '${snapshotDay}' AND lower(email) = '${known.email.toLowerCase()}'`;
  const reason = "A customer writes that the shop calls a wrong number";
  const greedy = await person
    .fill(form, {
      Query: `SELECT customer_id, email, phone, note ${where}`,
      Reason: reason,
      "Incident or ticket": "INC-4212",
    })
    .submit();
  const [refusal] = Object.values(greedy.fieldErrors);
  told.check(
    roleNames.oncall,
    "asks for the customer's e-mail, phone and the notes about them",
    greedy.status === "invalid" && refusal?.includes("note") === true,
    `beside the field: ${refusal}`,
  );
  const open = person.view();
  if (!open) throw new Error("The form is gone after a refused query");
  const before = newestCard(sandbox);
  const outcome = await person
    .fill(open, { Query: `select customer_id, email, phone, plan -- no notes\n${where}` })
    .submit();
  told.check(roleNames.oncall, "leaves the notes out and sends", outcome.status === "ok", outcome.shown);

  const lead = slack.as("lead");
  const inChannel = await lead.waitForMessage(APPROVALS, reason, { ...PATIENCE, after: before });
  told.check(
    "Slack",
    `shows in ${APPROVALS} what is read and how much of it is personal data, and not whose`,
    /2 with personal data \(PII\)/.test(inChannel.rendered) &&
      !inChannel.rendered.toLowerCase().includes(known.email.toLowerCase()),
    linesWith(inChannel.rendered, /Will run|•••|Reads|crm\.|Only|Limits|Rows go/),
  );
  const requestId = requestIdIn(inChannel);
  const isCopy = (text: string) => text.includes(requestId) && text.includes("LIMIT 200");
  const copy = await lead.waitForMessage("dm", isCopy, PATIENCE);
  told.check(
    "Slack",
    "shows the approver by direct message the very text that will run: no comment, a limit added",
    copy.rendered.includes(snapshotDay) && !copy.rendered.includes("no notes"),
    linesWith(copy.rendered, /SELECT|select|FROM|from|WHERE|where|AND|and |LIMIT/),
  );
  const since = person.directMessages().at(-1)?.ts ?? "0";
  await approve(sandbox, told, { card: inChannel, requestId });
  const rows = await person.waitForMessage("dm", /Only you see these rows/, { ...PATIENCE, after: since });
  told.check(
    "Slack",
    "brings the row by direct message, the address hidden and the phone number down to four digits",
    rows.rendered.includes(known.customerId) &&
      rows.rendered.includes(`…${known.phoneLast4}`) &&
      !rows.rendered.toLowerCase().includes(known.email.toLowerCase()) &&
      !rows.rendered.includes("+4416"),
    linesWith(rows.rendered, /\S/),
  );
}
