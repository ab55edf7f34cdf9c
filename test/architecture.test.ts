import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { globSync } from "node:fs";
import { describe, expect, test } from "vitest";

/**
 * Who may import whom inside `src/`; type imports count. A folder always may import itself. Changing this table is
 * an architecture decision: say why in `docs/decisions/`.
 */
const mayImport: Record<string, readonly string[]> = {
  errors: [],
  config: ["errors"],
  log: [],
  health: [],
  "health-check": ["config", "health"],
  aws: [],
  dynamodb: ["errors"],
  runbook: ["errors", "dynamodb", "sql"],
  iam: ["errors", "dynamodb", "runbook"],
  sql: ["errors"],
  request: ["runbook"],
  policy: ["request", "runbook"],
  people: ["errors", "runbook"],
  workflow: ["request", "policy", "runbook", "dynamodb", "iam", "errors"],
  slack: ["workflow", "request", "runbook", "errors"],
  queue: ["workflow", "request", "errors"],
  store: ["workflow", "request", "runbook", "errors"],
  execution: ["workflow", "runbook", "dynamodb", "iam", "aws", "errors"],
  monitor: ["workflow", "request", "runbook", "iam", "errors"],
  sandbox: ["iam", "request", "runbook"], // the last two for sandbox/page alone
  "reload-catalogue": ["errors", "log", "people", "runbook", "workflow"],
  "app-people": ["config", "people", "policy", "workflow"],
};

const src = resolve(import.meta.dirname, "../src");
const everything = [...Object.keys(mayImport), "cli", "app", "main"];
const allowed: Record<string, readonly string[]> = {
  ...mayImport,
  cli: everything.filter((folder) => folder !== "slack" && folder !== "sandbox"),
  app: everything.filter((folder) => folder !== "sandbox"),
  main: everything.filter((folder) => folder !== "sandbox"),
};

const files = globSync("**/*.ts", { cwd: src });

describe("the architecture", () => {
  test("every file's imports go where its folder may look", () => {
    const wrong = files.flatMap((file) =>
      importsOf(file).flatMap((target) => {
        const from = folderOf(file);
        const to = folderOf(target);
        return from === to || allowed[from]?.includes(to) ? [] : [`${file} imports ${target}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("of the sandbox, only its page knows the product’s requests and runbooks", () => {
    const peers = files.filter((file) => /^sandbox\/(slack|aws|redis|seed)\//.test(file));
    const known = peers.flatMap((file) =>
      importsOf(file)
        .filter((target) => ["request", "runbook"].includes(folderOf(target)))
        .map((target) => `${file} imports ${target}`),
    );
    expect(known).toEqual([]);
  });

  test("every door asks by one and the same submitRequest, which alone makes requests (field failure 24)", () => {
    const users = (text: RegExp) =>
      files.filter((file) => text.test(readFileSync(join(src, file), "utf8"))).toSorted();
    const outside = (file: string) => !file.startsWith("request/");
    expect(files.filter((file) => importsOf(file).includes("request/submit.ts")).filter(outside)).toEqual([
      "workflow/submit-request.ts",
    ]);
    expect(users(/\bsubmitBreakGlass\b/).filter(outside)).toEqual(["workflow/submit-request.ts"]);
    expect(users(/\bdeps\.store\.create\(/)).toEqual(["workflow/submit-request.ts"]);
    // Of the command line, `jit test` alone, which has recipes asked for in memory.
    expect(users(/from "(?:\.\/|.*\/workflow\/)submit-request\.ts"/)).toEqual([
      "cli/approve-recipes.ts",
      "workflow/create-use-cases.ts",
    ]);
  });

  test("every folder of src has its line in docs/architecture.md", () => {
    const text = readFileSync(resolve(src, "../docs/architecture.md"), "utf8");
    const folders = new Set(files.filter((file) => file.includes("/")).map(folderOf));
    expect([...folders].filter((folder) => !text.includes(`\`${folder}/\``))).toEqual([]);
  });

  test("only config.ts and the entry points read the environment", () => {
    const readers = files.filter((file) => readFileSync(join(src, file), "utf8").includes("process.env"));
    const entries = ["main.ts", "health-check.ts", "cli/jit.ts", "sandbox/main.ts", "sandbox/demo.ts"];
    expect(readers.filter((file) => !entries.includes(file))).toEqual([]);
  });

  test("no folder collects leftovers and no file only re-exports", () => {
    expect(
      files.filter((file) => /(^|\/)(utils?|helpers?|common|types)(\/|\.ts$)|(^|\/)index\.ts$/.test(file)),
    ).toEqual([]);
  });
});

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path]) =>
    relative(src, resolve(src, dirname(file), path ?? "")),
  );
}

function folderOf(file: string): string {
  const [first = ""] = file.split("/");
  return first.replace(/\.ts$/, "");
}
