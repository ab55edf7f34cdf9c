#!/usr/bin/env node
import { type App, createApp } from "./app.ts";
import { type Config, readConfig } from "./config.ts";
import { ConfigError, RunbookError } from "./errors.ts";
import { createLog } from "./log.ts";

const config = configOrExit();
if (config) await run(config);

async function run(settings: Config): Promise<void> {
  const log = createLog(settings.logLevel);
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.once(name, () => {
        log.info("stopping: no new work, waiting for what runs", { signal: name });
        stopping.abort();
        resolve();
      });
    }
  });
  // Listened to from the first moment: a SIGHUP that nobody handles ends the process, and with Slack away the start
  // may take hours. What is asked for meanwhile is done right after it.
  const started = Promise.withResolvers<App>();
  process.on("SIGHUP", () => {
    started.promise
      .then((app) => app.reload())
      .catch((error: unknown) => log.error("reload failed", { error }));
  });
  try {
    await using app = await createApp(settings, { log, signal: stopping.signal });
    started.resolve(app);
    await stopped;
  } catch (error) {
    if (stopping.signal.aborted) return;
    if (!isForPeople(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
  log.info("stopped");
}

function configOrExit(): Config | undefined {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

function isForPeople(error: unknown): error is ConfigError | RunbookError {
  return error instanceof ConfigError || error instanceof RunbookError;
}
