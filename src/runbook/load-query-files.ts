import type { Problem } from "../errors.ts";
import { listQueryFiles, readBoundedFile } from "./runbook-files.ts";
import type { Runbook } from "./runbook.ts";
import type { ReadYamlFile } from "./yaml-file.ts";

/** The text of a query that a person reviews. */
const maxQueryBytes = 64 * 1024;

/**
 * The runbook with the text of each QueryFile in its step's `QueryString`, so that the digest covers it. The schema lets
 * a file be `sql/<name>.sql` only, and only files that the listing of that folder shows are opened.
 */
export async function withQueryText(
  dir: string,
  file: ReadYamlFile<Runbook>,
): Promise<{ runbook: Runbook; problems: Problem[] }> {
  const problems: Problem[] = [];
  const runbook = structuredClone(file.value);
  const listed = await listQueryFiles(dir);
  for (const [index, step] of runbook.steps.entries()) {
    if (step.action !== "athena:StartQueryExecution" || step.request.QueryFile === undefined) continue;
    const name = step.request.QueryFile;
    const problem = (message: string) =>
      problems.push(file.problemAt(["steps", index, "request", "QueryFile"], `SQL01: ${message}`));
    if (!listed.includes(name)) {
      problem(`there is no file ${name}`);
      continue;
    }
    const read = await readBoundedFile(dir, name, listed);
    if (read.status === "refused") problems.push(...read.problems);
    else if (read.bytes.byteLength > maxQueryBytes)
      problem(`${name} is larger than ${maxQueryBytes / 1024} KB`);
    else {
      const text = utf8(read.bytes);
      if (text === undefined) problem(`${name} is not UTF-8 text`);
      else step.request.QueryString = text.replaceAll("\r\n", "\n").trimEnd();
    }
  }
  return { runbook, problems };
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined; // the decoder's only failure is a byte that is not UTF-8
  }
}
