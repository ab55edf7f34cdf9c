import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onCallNow } from "../start-sandbox.ts";

const policy = (name: string, runbook: string, approval: string) => `
  - name: ${name}
    runbooks: [${runbook}]
    requesters: [engineering]
    approval: ${approval}
    pendingMinutes: 60
    maxDurationMinutes: 60
    channel: C0APPROVALS
    allowPreview: true`;

/**
 * Two runbooks more, each the one for one order under another name, and what decides them: two steps that one person
 * could fill, and a rule for whoever is on call.
 */
export async function addApprovalStories(dir: string): Promise<void> {
  const access = await readFile(join(dir, "access.yml"), "utf8");
  const steps =
    "{ order: sequence, steps: [{ name: owner, anyOf: [orders-platform], count: 1 }, { name: keeper, anyOf: [order-keepers], count: 1 }] }";
  const policies = [
    policy("two-steps", "two-steps-one-order", steps),
    policy("oncall", "oncall-one-order", "{ approvers: [orders-platform], count: 1 }"),
  ];
  const more = `
schedules:
  orders-primary: { provider: pagerduty, schedule: ${onCallNow.schedule} }
rules:
  - name: oncall-reads
    approve: 'runbook.name == "oncall-one-order" && requester.onCall'
    limits: { perPersonPerDay: 3 }
`;
  const withGroup = addedTo(access, "groups:", "\n  order-keepers: { members: [U0LEAD, U0SECURITY] }");
  const withPolicies = addedTo(withGroup, "policies:", policies.join(""));
  await writeFile(join(dir, "access.yml"), `${withPolicies.trimEnd()}\n${more}`);
  await writeFile(join(dir, "people.yml"), `people:\n  U0ONCALL: { pagerduty: ${onCallNow.user.id} }\n`);
  const order = await readFile(join(dir, "orders-by-id.yml"), "utf8");
  for (const [name, title] of [
    ["two-steps-one-order", "One order, decided in two steps"],
    ["oncall-one-order", "One order, for whoever is on call"],
  ])
    await writeFile(
      join(dir, `${name}.yml`),
      order
        .replace("name: orders-by-id", `name: ${name}`)
        .replace("title: One order by its number", `title: ${title}`),
    );
}

/** The text with more at the beginning of one of its top-level keys. */
function addedTo(text: string, key: string, more: string): string {
  const added = text.replace(`\n${key}\n`, () => `\n${key}${more}\n`);
  if (added === text) throw new Error(`access.yml has no ${key} to add to`);
  return added;
}
