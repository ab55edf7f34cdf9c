import type * as z from "zod";
import { RunbookError } from "../errors.ts";
import type { Problem } from "../errors.ts";
import { accessSchema } from "./access-file.ts";
import type { Access } from "./access-file.ts";
import { type AccessFinding, accessFindings } from "./access-findings.ts";
import { dataSourcesSchema, resolveDataSources } from "./data-sources.ts";
import type { DataSource } from "./data-sources.ts";
import { digest } from "./digest.ts";
import { lintRunbook } from "./lint-runbook.ts";
import { requestShapes } from "./request-shapes.ts";
import type { RequestShape } from "./request-shapes.ts";
import { withQueryText } from "./load-query-files.ts";
import { isRunbookFile, listRunbookFiles, readBoundedFile } from "./runbook-files.ts";
import { runbookSchema } from "./runbook.ts";
import type { LoadedRunbook, Runbook } from "./runbook.ts";
import { unknownValues } from "./unknown-values.ts";
import { unmatchedPolicies } from "./unmatched-policies.ts";
import { readYamlFile } from "./yaml-file.ts";
import type { ReadYamlFile, YamlFile } from "./yaml-file.ts";

/** Everything that a deployment brings, checked as a whole. */
export type Catalogue = {
  runbooks: ReadonlyMap<string, LoadedRunbook>;
  dataSources: ReadonlyMap<string, DataSource>;
  access: Access;
  /** SHA-256 over the content of all files; the same content has the same digest on every replica. */
  digest: string;
};

export type LoadOptions = {
  /** For rules about age; default now. */
  today?: Date;
  /**
   * Further checks of a runbook that passed all rules, with every shape of its request bound to the longest values
   * that can be typed: the place for rule IAM04, that the session policy fits.
   */
  checks?: (runbook: LoadedRunbook, shapes: readonly RequestShape[], dataSource: DataSource) => Problem[];
  /** Further checks of `access.yml` against all runbooks, once everything else is right. */
  accessChecks?: (catalogue: Catalogue) => AccessFinding[];
};

/**
 * Loads `datasources.yml`, `access.yml` and every other `*.yml` of a directory as a runbook.
 * All or nothing: throws a `RunbookError` with every problem of every file; warnings come with the catalogue.
 */
export async function loadCatalogue(
  dir: string,
  { today = new Date(), checks = () => [], accessChecks = () => [] }: LoadOptions = {},
): Promise<{ catalogue: Catalogue; warnings: Problem[] }> {
  const { names, problems } = await listRunbookFiles(dir);
  const read = async <T>(name: string, schema: z.ZodType<T>): Promise<YamlFile<T>> => {
    const file = await readBoundedFile(dir, name, names);
    return file.status === "read" ? readYamlFile(file.path, file.bytes, schema) : file;
  };
  const fileNames = names.filter(isRunbookFile);
  const found: Found = { problems, warnings: [] };
  const sources = readSources(await read("datasources.yml", dataSourcesSchema), found);
  const runbookNames = new Set(fileNames.map(stem));
  const accessFile = await read("access.yml", accessSchema);
  const access = readAccess(accessFile, runbookNames, found);

  const readable: Runbook[] = [];
  const runbooks = new Map<string, LoadedRunbook>();
  for (const fileName of fileNames) {
    const file = await read(fileName, runbookSchema);
    if (file.status === "refused") {
      found.problems.push(...file.problems.map(asRB001));
      continue;
    }
    readable.push(file.value);
    const whole = await withQueryText(dir, file);
    found.problems.push(...whole.problems);
    if (whole.problems.length > 0) continue;
    const dataSource = sources?.dataSources.get(file.value.datasource);
    const context = { names: runbookNames, dataSource, dataSources: sources?.dataSources, access, today };
    const clean = lint(file, { ...context, runbook: whole.runbook, fileStem: stem(fileName) }, found);
    if (!clean || !dataSource) continue;
    const runbook = { ...whole.runbook, digest: digest(whole.runbook), fileName };
    found.problems.push(...checks(runbook, requestShapes(runbook, "longest", dataSource), dataSource));
    runbooks.set(runbook.metadata.name, runbook);
  }

  if (accessFile.status === "read" && sources && readable.length === fileNames.length)
    noteFindings(accessFile, unknownValues(accessFile.value, readable, sources.content), found);
  if (found.problems.length > 0 || !sources || !access) throw new RunbookError(found.problems);
  const { dataSources, content } = sources;
  const digests = Object.fromEntries([...runbooks].map(([name, runbook]) => [name, runbook.digest]));
  const contentDigest = digest({ runbooks: digests, dataSources: content, access });
  const catalogue = { runbooks, dataSources, access, digest: contentDigest };
  if (accessFile.status === "read") noteFindings(accessFile, accessChecks(catalogue), found);
  if (found.problems.length > 0) throw new RunbookError(found.problems);
  return { catalogue, warnings: found.warnings };
}

type Found = { problems: Problem[]; warnings: Problem[] };

function readSources(file: YamlFile<z.infer<typeof dataSourcesSchema>>, found: Found) {
  if (file.status === "refused") {
    found.problems.push(...file.problems);
    return undefined;
  }
  const { dataSources, findings } = resolveDataSources(file.value);
  found.problems.push(...findings.map(({ path, message }) => file.problemAt(path, message)));
  return { dataSources, content: file.value };
}

function readAccess(file: YamlFile<Access>, runbooks: ReadonlySet<string>, found: Found): Access | undefined {
  if (file.status === "refused") {
    found.problems.push(...file.problems);
    return undefined;
  }
  noteFindings(file, [...accessFindings(file.value), ...unmatchedPolicies(file.value, [...runbooks])], found);
  return file.value;
}

function noteFindings(file: ReadYamlFile<Access>, findings: readonly AccessFinding[], found: Found): void {
  for (const { path, message, severity } of findings) {
    (severity === "error" ? found.problems : found.warnings).push(file.problemAt(path, message));
  }
}

/** Whether no rule of severity error is broken. */
function lint(
  file: ReadYamlFile<Runbook>,
  context: Parameters<typeof lintRunbook>[0],
  found: Found,
): boolean {
  const findings = lintRunbook(context);
  for (const { rule, path, message } of findings) {
    const problem = file.problemAt(path, `${rule.id}: ${message}`);
    (rule.severity === "error" ? found.problems : found.warnings).push(problem);
  }
  return findings.every(({ rule }) => rule.severity !== "error");
}

/** What the schema says without an id of its own is rule RB001. */
function asRB001(problem: Problem): Problem {
  const hasRule = /^[A-Z]{2,3}\d{2,3}: /.test(problem.message);
  return hasRule ? problem : { ...problem, message: `RB001: ${problem.message}` };
}

function stem(fileName: string): string {
  return fileName.replace(/\.yml$/, "");
}
