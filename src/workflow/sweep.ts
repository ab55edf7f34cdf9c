import { type Ending, tidyRequest } from "./tidy-request.ts";

const BATCH = 500;
/** No new batch is begun after so long; the next sweep is seconds away. */
const LONG_MS = 10_000;

/**
 * Looks at every request whose time has come, the oldest first. Each look moves its request's next one, so that those
 * that can't be helped never keep the others waiting; nor does one that fails.
 */
export async function sweep(deps: Ending): Promise<{ looked: number; failed: number }> {
  const startedAt = performance.now();
  const seen = new Set<string>();
  let failed = 0;
  for (;;) {
    const due = await deps.store.due(deps.clock.now().toISOString(), BATCH);
    // The index may lag behind a look that was just made.
    const ids = due.filter((id) => !seen.has(id));
    for (const requestId of ids) {
      seen.add(requestId);
      try {
        await tidyRequest(deps, requestId);
      } catch (error) {
        failed += 1;
        deps.log.warn("a request could not be tidied; a later sweep tries again", { requestId, error });
      }
    }
    if (due.length < BATCH || ids.length === 0 || performance.now() - startedAt > LONG_MS)
      return { looked: seen.size, failed };
  }
}
