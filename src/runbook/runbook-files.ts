import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { RunbookError } from "../errors.ts";
import type { Problem } from "../errors.ts";
import { maxFileBytes } from "./yaml-file.ts";

/** The two files of a directory that are no runbooks. */
const reservedFiles: readonly string[] = ["datasources.yml", "access.yml"];

/** Files about people that may stand beside them. */
export const peopleFiles = { people: "people.yml", onCall: "oncall.yml", managers: "managers.yml" } as const;

/** The tests of `access.yml`; may be missing. */
export const accessTestFile = "access.test.yml";

/** Whether the file of this name is a runbook. */
export function isRunbookFile(name: string): boolean {
  return ![...reservedFiles, ...Object.values(peopleFiles), accessTestFile].includes(name);
}

/** The `*.yml` of a directory, in order of their names, and what is wrong with the directory as such. */
export async function listRunbookFiles(dir: string): Promise<{ names: string[]; problems: Problem[] }> {
  const all = await readdir(dir).catch((cause: unknown) => {
    const code = reason(cause);
    const why = code === "ENOTDIR" ? `${code}, it is a file; name its folder` : code;
    const message = `the directory of runbooks can't be read: ${why}; mount it there, or name another one in JIT_RUNBOOKS or after the command`;
    throw new RunbookError([{ file: dir, message }]);
  });
  const names = all.filter((name) => name.endsWith(".yml")).sort();
  const misnamed = all.filter((name) => name.endsWith(".yaml"));
  const missing = reservedFiles.filter((name) => !names.includes(name));
  const problems: Problem[] = [
    ...misnamed.map((name) => ({
      file: join(dir, name),
      message: "files end in .yml; this one would be overlooked",
    })),
    ...missing.map((name) => ({ file: join(dir, name), message: "the file is missing" })),
  ];
  if (!names.some(isRunbookFile)) {
    problems.push({ file: dir, message: "there is no runbook in it" });
  }
  return { names, problems };
}

/** The queries beside the runbooks, as runbooks name them: `sql/<name>.sql`. None when there is no such folder. */
export async function listQueryFiles(dir: string): Promise<string[]> {
  const all = await readdir(join(dir, "sql")).catch((cause: unknown) => {
    if (reason(cause) === "ENOENT") return [];
    throw new RunbookError([
      { file: join(dir, "sql"), message: `the folder can't be read: ${reason(cause)}` },
    ]);
  });
  return all.filter((name) => name.endsWith(".sql")).map((name) => `sql/${name}`);
}

export type FileBytes =
  | { status: "read"; path: string; bytes: Uint8Array }
  | { status: "refused"; problems: Problem[] };

/** A listed file's bytes, at most one more than a file may have: enough to refuse a larger one without reading it. */
export async function readBoundedFile(
  dir: string,
  name: string,
  listed: readonly string[],
): Promise<FileBytes> {
  if (!listed.includes(name)) return { status: "refused", problems: [] }; // said when the directory was listed
  const path = join(dir, name);
  try {
    return { status: "read", path, bytes: await firstBytes(path) };
  } catch (cause) {
    return {
      status: "refused",
      problems: [{ file: path, message: `the file can't be read: ${reason(cause)}` }],
    };
  }
}

/** A file that may be missing, like `readBoundedFile`. */
export async function readOptionalFile(dir: string, name: string): Promise<FileBytes | undefined> {
  const listed = await readdir(dir).catch((): string[] => []); // a directory that can't be read is said where runbooks are listed
  return listed.includes(name) ? readBoundedFile(dir, name, listed) : undefined;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  await using handle = await open(path);
  const buffer = Buffer.alloc(maxFileBytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
  }
}

/** The system's code (`ENOENT`, `EACCES`, `EISDIR`); anything else is a bug. */
function reason(cause: unknown): string {
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  throw cause;
}
