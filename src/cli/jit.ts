#!/usr/bin/env node
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command, Io } from "./command.ts";
import { doctor } from "./doctor.ts";
import { iam } from "./iam.ts";
import { lint } from "./lint.ts";
import { schema } from "./schema.ts";
import { setup } from "./setup.ts";
import { testRunbooks } from "./test-runbooks.ts";

/** Every command there is; `help` is made of it. */
export const commands: readonly Command[] = [lint, testRunbooks, schema, setup, iam, doctor];

/** Runs one call of `jit` and resolves to its exit code. */
export async function jit([name, ...args]: readonly string[], io: Io): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    for (const line of help()) io.out(line);
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((one) => one.name === name);
  if (command) return command.run(args, io);
  io.err(`jit: there is no command "${name}".`);
  for (const line of help()) io.err(line);
  return 2;
}

function help(): string[] {
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  return [
    "Usage: jit <command>",
    "",
    ...commands.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`),
    `  ${"help".padEnd(width)}  Show this.`,
  ];
}

function isMain(): boolean {
  const [, script] = process.argv;
  return script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url);
}

if (isMain()) {
  process.exitCode = await jit(process.argv.slice(2), {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
    env: process.env,
  });
}
