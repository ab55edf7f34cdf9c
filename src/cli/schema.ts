import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { jsonSchemas } from "./json-schemas.ts";
import { readArgs } from "./command.ts";
import type { Command } from "./command.ts";

/** Where the published schemas stand in this repository. */
export const schemaDir = fileURLToPath(new URL("../../docs/schemas/", import.meta.url));

export const schema: Command = {
  name: "schema",
  usage: "schema [name | --write]",
  summary: "Print the JSON Schema of one kind of file, or write all to docs/schemas/.",
  async run(args, io) {
    const call = readArgs(args, { flags: ["--write"], words: 1 });
    const texts = schemaFiles();
    const wanted = call?.words[0];
    if (call?.flags.has("--write") && wanted === undefined) {
      await mkdir(schemaDir, { recursive: true });
      for (const { fileName, text } of texts) await writeFile(`${schemaDir}${fileName}`, text);
      io.out(`written: ${texts.map(({ fileName }) => fileName).join(", ")}`);
      return 0;
    }
    const found = texts.find(({ name }) => name === (wanted ?? "runbook"));
    if (!call || call.flags.size > 0 || !found) {
      io.err(`Usage: jit ${schema.usage}; names are ${texts.map(({ name }) => name).join(", ")}`);
      return 2;
    }
    io.out(found.text.trimEnd());
    return 0;
  },
};

/** What stands in each file of `docs/schemas/`. */
export function schemaFiles(): { name: string; fileName: string; text: string }[] {
  return Object.entries(jsonSchemas()).map(([name, content]) => ({
    name,
    fileName: `${name}.schema.json`,
    text: `${JSON.stringify(content, null, 2)}\n`,
  }));
}
