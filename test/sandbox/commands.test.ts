import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

async function ended(args: readonly string[]): Promise<{ code: number | null; told: string }> {
  const child = spawn(process.execPath, args, { cwd: root, env: {}, stdio: ["ignore", "pipe", "pipe"] });
  const told: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => told.push(String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, told: told.join("") };
}

describe("npm run sandbox, npm run demo", () => {
  test.each([
    ["main.ts", "--jsn"],
    ["main.ts", "--runbooks"],
    ["main.ts", "runbooks"],
    ["demo.ts", "--runbooks=elsewhere"],
  ])("%s %s is refused with the usage, and nothing starts", async (file, flag) => {
    const { code, told } = await ended([join("src/sandbox", file), flag]);
    expect(code).toBe(1);
    expect(told).toMatch(/^Usage: npm run (sandbox|demo) -- \[--json\]/m);
    expect(told).not.toMatch(/^ +at /m);
  });

  test("a folder of runbooks that is not there is told like any problem, without a stack trace", async () => {
    const { code, told } = await ended(["src/sandbox/main.ts", "--runbooks", "no/such/folder"]);
    expect(code).toBe(1);
    expect(told).toMatch(/no\/such\/folder: the directory of runbooks can't be read: ENOENT/);
    expect(told).not.toMatch(/^ +at /m);
  });
});

describe("the bot of a sandbox", () => {
  const withParent = [
    "--import",
    new URL("../../src/sandbox/end-with-parent.ts", import.meta.url).href,
    "-e",
  ];

  test("stops when whoever started it is gone, however that went", async () => {
    const script = "process.stdout.write('up'); setInterval(() => undefined, 1000)";
    const child = spawn(process.execPath, [...withParent, script], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.stdin.destroy(); // what the system does when the parent ends
    expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
  });

  test("does not wait for its parent to end by itself", async () => {
    const child = spawn(process.execPath, [...withParent, "0"], { stdio: ["pipe", "inherit", "inherit"] });
    expect(await once(child, "close")).toEqual([0, null]);
  });
});
