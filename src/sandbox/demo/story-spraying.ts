import { passwordSpraying } from "../seed/cloudtrail/sign-ins.ts";
import type { Sandbox } from "../start-sandbox.ts";
import {
  APPROVALS,
  type Asked,
  approve,
  ask,
  athenaLines,
  INCIDENTS,
  lastHours,
  linesWith,
  PATIENCE,
  roleNames,
  waitInThread,
} from "./stage.ts";
import type { Told } from "./transcript.ts";

/** h) An investigation in CloudTrail: who fails to sign in, read in the thread, and the next question offered. */
export async function spraying(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, aws } = sandbox;
  const { facts } = passwordSpraying(aws.clock.now());
  const asked = await ask(
    sandbox,
    told,
    "oncall",
    "ct-console-login-failures",
    { Account: "111122223333", ...lastHours(sandbox, 36) },
    "Several analysts are locked out since yesterday",
  );
  told.say("Slack", `shows the approvers a card in ${APPROVALS}`, asked.card.rendered);
  await approve(sandbox, told, asked);

  const preview = await waitInThread(sandbox, asked.card, /Masked preview/);
  told.check(
    "Slack",
    `shows in the thread that ${facts.ip} failed, user after user, with the reasons masked`,
    preview.rendered.includes(facts.ip) &&
      facts.usernames.slice(0, 3).every((name) => preview.rendered.includes(name)) &&
      !preview.rendered.includes(facts.reason),
    preview.rendered,
  );
  const reading = await waitInThread(sandbox, asked.card, /How to read this/);
  told.check(
    "Slack",
    "says what one address with many users means, and offers the next runbook",
    /One address, many users → Password spraying/.test(reading.rendered) &&
      /Next: ct-principal-timeline/.test(reading.rendered),
    linesWith(reading.rendered, /spraying|Next/),
  );
  const person = slack.as("oncall");
  await person.click(reading, "jit_request");
  const form = await person.waitForView("Everything one identity did", PATIENCE);
  told.check(
    roleNames.oncall,
    `presses Request beside it in ${INCIDENTS} and gets the form`,
    form.rendered.includes("Kind of identifier"),
  );
  await person.close(form, { all: true });
  tellAthena(sandbox, told, asked);
}

function tellAthena(sandbox: Sandbox, told: Told, { requestId }: Asked): void {
  const lines = athenaLines(sandbox, requestId);
  const starts = lines.filter((line) => line.includes("StartQueryExecution"));
  told.check(
    "AWS",
    "made one session and ran one query, in the approved workgroup",
    starts.length === 1,
    lines.join("\n"),
  );
}
