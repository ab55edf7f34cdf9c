import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { athenaRunbooks } from "../flows/athena-runbooks.ts";
import type { RunbookName } from "./story.ts";

const shipped = resolve(import.meta.dirname, "../../runbooks");

export type SoakRunbooks = AsyncDisposable & { dir: string };

/**
 * What stories ask for: the shipped runbooks of orders and two on CloudTrail, under the shipped `access.yml` with one
 * approval in two steps, and with a deny-list on every data role. No more of them, because every replica reads and
 * checks them all when it starts.
 */
export async function soakRunbooks(): Promise<SoakRunbooks> {
  const dir = await mkdtemp(join(tmpdir(), "jit-soak-"));
  await using trails = await athenaRunbooks();
  await mkdir(join(dir, "sql"));
  const files = [
    ...(await readdir(shipped))
      .filter((name) => name.startsWith("orders-"))
      .map((name) => join(shipped, name)),
    ...["trail-by-name.yml", "trail-hunt.yml"].map((name) => join(trails.dir, name)),
  ];
  for (const file of files) await cp(file, join(dir, basename(file)));
  await cp(join(trails.dir, "sql"), join(dir, "sql"), { recursive: true });
  await edited(dir, "access.yml", (text) =>
    text
      .replace("policies:\n", `policies:\n${inTwoSteps}${ofTrails}`)
      .replace("runbooks: [orders-*]\n    operations: [read]", readsOfOneStep)
      .replace("[crm-adhoc]", "[crm-*]"),
  );
  await edited(dir, "datasources.yml", (text) =>
    text.replaceAll(/^( +)dataRole: .*\n/gm, `$&$1revokerRole: ${REVOKER}\n`),
  );
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

const REVOKER = "arn:aws:iam::111122223333:role/jit-revoker";

const readsOfOneStep =
  "runbooks: [orders-by-id, orders-recent-of-customer, orders-scan-by-note]\n    operations: [read]";

const inTwoSteps = `  - name: orders-in-two-steps
    runbooks: [orders-stuck-by-status]
    requesters: [engineering]
    approval:
      order: sequence
      steps:
        - { name: owner, anyOf: [orders-platform], count: 1 }
        - { name: security, anyOf: [security], count: 1 }
    pendingMinutes: 60
    maxDurationMinutes: 60
    channel: C0APPROVALS
    allowPreview: true
`;

const ofTrails = `  - name: trail-read
    runbooks: [trail-*]
    requesters: [engineering]
    approval: { approvers: [log-owners], count: 1 }
    pendingMinutes: 60
    maxDurationMinutes: 60
    channel: C0APPROVALS
    allowPreview: false
`;

async function edited(dir: string, file: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(dir, file), change(await readFile(join(shipped, file), "utf8")));
}

type Step = { count: number; people: readonly string[] };

const platform = ["U0LEAD", "U0APPROVER2"];
const security = ["U0SECURITY"];
const logOwners = [...platform, ...security];

/** Whose approvals a request needs, in order where there are two steps; written down here once more on purpose. */
export const steps: Record<RunbookName | "orders-restore-lock", readonly Step[]> = {
  "orders-by-id": [{ count: 1, people: platform }],
  "orders-recent-of-customer": [{ count: 1, people: platform }],
  "orders-stuck-by-status": [
    { count: 1, people: platform },
    { count: 1, people: security },
  ],
  "orders-release-lock": [{ count: 2, people: [...platform, ...security] }],
  "orders-restore-lock": [{ count: 2, people: [...platform, ...security] }],
  "trail-by-name": [{ count: 1, people: logOwners }],
  "trail-hunt": [{ count: 1, people: logOwners }],
};

/** Who may start without an approval, and what. */
export const emergencies = {
  people: ["U0ONCALL", "U0SECURITY"],
  runbooks: ["orders-by-id", "orders-stuck-by-status", "orders-release-lock"],
};
