import { type Problem, RunbookError } from "./errors.ts";
import type { Log } from "./log.ts";
import { loadPeopleFiles, type PeopleFiles } from "./people/load-people-files.ts";
import { scheduleFindings } from "./people/schedule-findings.ts";
import { digest } from "./runbook/digest.ts";
import { type Catalogue, loadCatalogue } from "./runbook/load-catalogue.ts";
import { checkLastEditors } from "./workflow/check-last-editors.ts";
import { checkPolicies } from "./workflow/check-policies.ts";
import { checkSessionPolicies } from "./workflow/check-session-policies.ts";

export type ReloadingCatalogue = {
  current: () => Catalogue;
  /** Who people are elsewhere, of the same set of files. */
  people: () => PeopleFiles;
  /** Loads all files again; a bad set keeps the last good one and is said in the log. */
  reload(): Promise<"changed" | "same" | "refused">;
};

/** @throws RunbookError when the first load finds a problem: there is no last good set yet. */
export async function openCatalogue(dir: string, log: Log): Promise<ReloadingCatalogue> {
  let current = await load(dir, log);
  return {
    current: () => current.catalogue,
    people: () => current.people,
    async reload() {
      try {
        const next = await load(dir, log);
        const changed = next.digest !== current.digest;
        current = next;
        if (changed)
          log.info("runbooks reloaded", { digest: next.digest, runbooks: next.catalogue.runbooks.size });
        return changed ? "changed" : "same";
      } catch (error) {
        if (!(error instanceof RunbookError)) throw error;
        log.error("the runbooks have mistakes; the last good set stays in force", {
          problems: error.problems,
        });
        return "refused";
      }
    },
  };
}

type LoadedSet = { catalogue: Catalogue; people: PeopleFiles; digest: string };

async function load(dir: string, log: Log): Promise<LoadedSet> {
  const { catalogue, people, warnings } = await loadFiles(dir);
  for (const warning of warnings) log.warn("a runbook could be better", { ...warning });
  return { catalogue, people, digest: digest({ catalogue: catalogue.digest, people }) };
}

/** All that a deployment writes down, as the bot takes it. @throws RunbookError with every problem of it. */
export async function loadFiles(
  dir: string,
): Promise<{ catalogue: Catalogue; people: PeopleFiles; warnings: Problem[] }> {
  const people = await loadPeopleFiles(dir);
  const loaded = await loadCatalogue(dir, {
    checks: checkSessionPolicies,
    accessChecks: (catalogue) => [
      ...scheduleFindings(catalogue.access, people.onCall),
      ...checkLastEditors(catalogue),
      ...checkPolicies(catalogue),
    ],
  });
  return { ...loaded, people };
}
