import { runOf } from "../request/run.ts";
import type { StoredRequest } from "../workflow/ports.ts";
import { progressNotice } from "./blocks/thread-notices.ts";
import { bringCopy, type Brought, type Desk } from "./bring-copy.ts";
import { findCopy } from "./projection-cursor.ts";
import { threadRoots } from "./tell-thread.ts";

/**
 * One message per run in the thread, edited in place. It appears for runs that last, and says when the run is
 * over. How often it is edited is up to who asks: the worker's heart asks every 2 s at most.
 */
export async function showProgress(desk: Desk, { request, heartbeat }: StoredRequest): Promise<Brought> {
  const run = heartbeat && runOf(request, heartbeat.run);
  if (!run || !heartbeat.progress) return { status: "shown" };
  const key = String(run.no);
  const standing = findCopy(desk.cursor.projection, "progress", key);
  if (!standing && run.state !== "running") return { status: "shown" };
  const [root] = threadRoots(desk.cursor.projection);
  if (!root) return { status: "shown" };
  const message = progressNotice(request, run, heartbeat);
  return bringCopy(desk, { role: "progress", key, channel: root.channel, threadTs: root.ts, message });
}
