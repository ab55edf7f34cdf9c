#!/usr/bin/env node
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { canary } from "./canary.ts";
import type { Command, Io } from "./command.ts";
import { doctor } from "./doctor.ts";
import { explain } from "./explain.ts";
import { iam } from "./iam.ts";
import { lint } from "./lint.ts";
import { revoke } from "./revoke.ts";
import { schema } from "./schema.ts";
import { setup } from "./setup.ts";
import { testRunbooks } from "./test-runbooks.ts";
import { verify } from "./verify.ts";

/** Every command there is; `help` is made of it. */
export const commands: readonly Command[] = [
  lint,
  testRunbooks,
  explain,
  schema,
  setup,
  iam,
  verify,
  doctor,
  revoke,
  canary,
];

/** Runs one call of `jit` and resolves to its exit code. */
export async function jit([name, ...args]: readonly string[], io: Io): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    for (const line of help()) io.out(line);
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((one) => one.name === name);
  if (command && args.some((arg) => arg === "--help" || arg === "-h")) {
    for (const line of [`Usage: jit ${command.usage}`, ...wrapped(command.summary, "", "")]) io.out(line);
    return 0;
  }
  if (command) return command.run(args, io);
  io.err(`jit: there is no command "${name}".`);
  for (const line of help()) io.err(line);
  return 2;
}

function help(): string[] {
  const all = [...commands, { usage: "help", summary: "Show this." }];
  return [
    "Usage: jit <command>",
    "",
    ...all.flatMap(({ usage, summary }) => [
      ...wrapped(usage, "  ", "      "),
      ...wrapped(summary, "      ", "      "),
    ]),
  ];
}

const columns = 80;

/** Words in lines of at most 80 characters, unless one word is longer. */
function wrapped(text: string, first: string, others: string): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(" ")) {
    const isFresh = line.trim() === "";
    if (!isFresh && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = others + word;
    } else line += isFresh ? word : ` ${word}`;
  }
  return [...lines, line];
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
