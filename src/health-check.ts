import { readHealthAddress } from "./config.ts";
import { healthUrl } from "./health.ts";

/** For the image's HEALTHCHECK: ends with 0 when the process beside it answers `/healthz`, else with 1. */
const TIMEOUT_MS = 2_500;

const address = readHealthAddress(process.env);
const answer = await fetch(healthUrl(address), { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : "no answer"}\n`);
    return undefined;
  },
);
if (!answer?.ok) process.exitCode = 1;
