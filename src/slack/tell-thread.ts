import type { Request } from "../request/request.ts";
import type { Copy, Projection } from "../workflow/ports.ts";
import { type Reading, threadNotice } from "./blocks/thread-notices.ts";
import { type Brought, type Desk, draw } from "./bring-copy.ts";

/**
 * Tells the events that were not told yet, in order, each remembered before the next. They stand below the card;
 * where no card stands or nobody can write there any more, below the requester's own copy.
 */
export async function tellThread(
  desk: Desk,
  request: Request,
  reading: Reading | undefined,
): Promise<Brought> {
  for (const event of request.events) {
    if (event.seq <= desk.cursor.projection.toldSeq) continue;
    const drawn = draw(desk, () => threadNotice(event, request, reading), { event: event.fact.type });
    if (drawn.status === "undrawn") return drawn;
    if (drawn.message) {
      const outcome = await tell(desk, drawn.message);
      if (outcome.status !== "shown") return outcome;
    }
    await desk.cursor.change((projection) =>
      projection.toldSeq >= event.seq ? projection : { ...projection, toldSeq: event.seq },
    );
  }
  return { status: "shown" };
}

/** The messages whose threads may hold notices, best first. */
export function threadRoots(projection: Projection): Copy[] {
  const roles = ["card", "requester"] as const;
  return roles.flatMap((role) => projection.copies.filter((copy) => copy.role === role));
}

async function tell(desk: Desk, notice: Parameters<Desk["slack"]["post"]>[1]): Promise<Brought> {
  let last: Brought = { status: "unreachable", error: "nowhere to tell" };
  for (const { channel, ts } of threadRoots(desk.cursor.projection)) {
    const outcome = await desk.slack.post({ channel, threadTs: ts }, notice);
    if (outcome.status === "posted") return { status: "shown" };
    if (outcome.status === "later") return outcome;
    last = { status: "unreachable", error: outcome.status === "gone" ? "thread_not_found" : outcome.error };
  }
  desk.log.warn("A notice has no place in Slack; it stays recorded and is tried with the next change", {
    error: last.status === "unreachable" ? last.error : undefined,
  });
  return last;
}
