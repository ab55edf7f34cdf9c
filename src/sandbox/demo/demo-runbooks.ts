import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { addApprovalStories } from "./approval-files.ts";

const root = resolve(import.meta.dirname, "../../..");
export const LAPSE_SECONDS = 20;

/** The repository's runbooks with changes: a request for a customer's orders waits 20 seconds, so that a story can see it lapse, and two runbooks more for the stories of approval. */
export async function demoRunbooks(): Promise<AsyncDisposable & { dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), "jit-demo-"));
  await cp(join(root, "runbooks"), dir, { recursive: true });
  const file = join(dir, "orders-recent-of-customer.yml");
  const text = await readFile(file, "utf8");
  const impatient = text.replace(/timeoutSeconds: 3600/, `timeoutSeconds: ${LAPSE_SECONDS}`);
  if (impatient === text) throw new Error(`${file} has no approval timeout to shorten`);
  await writeFile(file, impatient);
  await addApprovalStories(dir);
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}
