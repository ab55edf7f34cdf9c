import type { AuditEvent } from "../request/audit-event.ts";
import type { Request } from "../request/request.ts";
import type { RequestStore } from "../workflow/ports.ts";

/** The same store; of each fact that this process records it is told once, after it is stored. */
export function countEvents(
  store: RequestStore,
  told: (event: AuditEvent, request: Request) => void,
): RequestStore {
  const tell = (request: Request, from: number) => {
    for (const event of request.events.slice(from)) told(event, request);
  };
  return {
    ...store,
    async create(request) {
      const outcome = await store.create(request);
      if (outcome === "created") tell(request, 0);
      return outcome;
    },
    async change(id, decide) {
      let before = 0;
      const outcome = await store.change(id, (request) => {
        // After a lost race it is decided anew, on a longer chain.
        before = request.events.length;
        return decide(request);
      });
      if (outcome.status === "changed") tell(outcome.request, before);
      return outcome;
    },
  };
}
