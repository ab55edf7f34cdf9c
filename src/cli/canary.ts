import { createOwnClients } from "../aws/clients.ts";
import { readCanaryConfig, readTableConfig } from "../config.ts";
import { ConfigError, describeProblem, RunbookError } from "../errors.ts";
import { createSessionIssuer } from "../execution/issue-session.ts";
import { runCanary } from "../monitor/run-canary.ts";
import { loadCatalogue } from "../runbook/load-catalogue.ts";
import { checkSql } from "../sql/check-sql.ts";
import { checkSessionPolicies } from "../workflow/check-session-policies.ts";
import type { Command } from "./command.ts";

const LONGEST_MS = 15 * 60_000;

export const canary: Command = {
  name: "canary",
  usage: "canary",
  summary:
    "Run JIT_CANARY_RUNBOOK now, replay its credentials after their end, and say whether AWS refuses them.",
  async run(args, io) {
    if (args.length > 0) {
      io.err(`Usage: jit ${canary.usage}`);
      return 2;
    }
    try {
      const { region, awsEndpoint } = readTableConfig(io.env);
      const { order, runbooksDir } = readCanaryConfig(io.env);
      if (!order) {
        io.err("JIT_CANARY_RUNBOOK is not set, so there is nothing to run.");
        return 1;
      }
      const { catalogue } = await loadCatalogue(runbooksDir, { checks: checkSessionPolicies });
      const place = { region, ...(awsEndpoint ? { endpoint: awsEndpoint } : {}) };
      using own = createOwnClients(place);
      const now = () => new Date();
      const sessions = createSessionIssuer({ sts: own.sts, place, clock: { now } });
      const story = {
        catalogue,
        checkSql: async (...query: Parameters<typeof checkSql>) => checkSql(...query),
        sessions,
        now,
      };
      const result = await runCanary(story, order, AbortSignal.timeout(LONGEST_MS));
      for (const { name, ok, says } of result.steps) io.out(`${ok ? "ok    " : "FAILED"}  ${name}: ${says}`);
      io.out(`${result.status} (${result.id})`);
      return result.status === "green" ? 0 : 1;
    } catch (error) {
      if (error instanceof RunbookError)
        for (const problem of error.problems) io.err(`error ${describeProblem(problem)}`);
      else if (error instanceof ConfigError) io.err(error.message);
      else throw error;
      return 1;
    }
  },
};
