import type { Deps } from "./deps.ts";
import type { QueryJanitor } from "./ports.ts";
import { tidyRequest } from "./tidy-request.ts";

/** Requests looked at per sweep; the oldest come first, and the next sweep is seconds away. */
const BATCH = 500;

/** Looks at every open request whose time has come. One that fails does not keep the others waiting. */
export async function sweep(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log"> & { janitor: QueryJanitor },
): Promise<{ looked: number; failed: number }> {
  const ids = await deps.store.due(deps.clock.now().toISOString(), BATCH);
  let failed = 0;
  for (const requestId of ids) {
    try {
      await tidyRequest(deps, requestId);
    } catch (error) {
      failed += 1;
      deps.log.warn("a request could not be tidied; the next sweep tries again", { requestId, error });
    }
  }
  return { looked: ids.length, failed };
}
