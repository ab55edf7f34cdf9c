import { lookDueAt } from "../request/look.ts";
import type { Request } from "../request/request.ts";
import { lookBefore } from "./look-before.ts";
import { settleWrites, type SettleDeps } from "./settle-writes.ts";

/** What the item of a write has to be looked at for: so that people can judge, and where nobody saw the write answered. */
export async function attendWrites(deps: SettleDeps, request: Request): Promise<void> {
  if (lookDueAt(request) !== undefined) await lookBefore(deps, request.id);
  await settleWrites(deps, request);
}
