import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type WatchedRunbooks, watchRunbooks } from "../../../src/sandbox/page/watched-runbooks.ts";
import type { RunbooksReport } from "../../../src/sandbox/page/page-api.ts";
import { eventually } from "../../fixtures/eventually.ts";

let dir: string;
let watched: WatchedRunbooks;
let reloads: number;
let reports: RunbooksReport[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "jit-watched-"));
  await cp(resolve(import.meta.dirname, "../../../runbooks"), dir, { recursive: true });
  reloads = 0;
  reports = [];
  watched = watchRunbooks(dir, {
    reload: () => void (reloads += 1),
    onReport: (report) => void reports.push(report),
  });
  await eventually(() => reports.length === 1);
});
afterEach(async () => {
  await watched[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

/** As most editors save: a new file takes the place of the old one. */
async function replace(name: string, text: string): Promise<void> {
  const fresh = join(dir, `${name}.tmp`);
  await writeFile(fresh, text);
  await rename(fresh, join(dir, name));
}

test.each(["orders-by-id.yml", "sql/ct-root-activity.sql"])(
  "%s is seen however often it is saved, replaced by rename and written in place",
  async (name) => {
    const text = await readFile(join(dir, name), "utf8");
    const mark = name.endsWith(".sql") ? "--" : "#";
    const saves = [
      () => replace(name, `${text}\n${mark} replaced\n`),
      () => writeFile(join(dir, name), `${text}\n${mark} in place\n`),
      () => replace(name, text),
    ];
    for (const save of saves) {
      const before = reloads;
      await save();
      await eventually(() => reloads > before);
      expect(reports.at(-1)?.status).toBe("good");
    }
  },
);

test("a set with a mistake is told with its lines and not loaded", async () => {
  await replace("orders-by-id.yml", "kind: nothing\n");
  await eventually(() => reports.length > 1);
  expect(reports.at(-1)?.status).toBe("bad");
  expect(reports.at(-1)?.lines.join("\n")).toContain("orders-by-id.yml");
  expect(reloads).toBe(0);
});
