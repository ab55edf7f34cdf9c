import { setTimeout as wait } from "node:timers/promises";
import type { Copy, Projection, RequestStore, StoredRequest } from "../workflow/ports.ts";

/**
 * What is known to stand in Slack for one request, saved with every step. Two writers (the projector and the
 * delivery of rows) may save at once: each change is a small function, applied again to what the other one wrote.
 */
export type Cursor = {
  readonly projection: Projection;
  change(edit: (projection: Projection) => Projection): Promise<void>;
};

export function createCursor(
  store: Pick<RequestStore, "get" | "saveProjection">,
  stored: StoredRequest,
): Cursor {
  const { id } = stored.request;
  let projection = stored.projection;
  let revision = stored.projectionRevision;
  return {
    get projection() {
      return projection;
    },
    async change(edit) {
      for (let races = 0; races < maxRaces; races++) {
        const wanted = edit(projection);
        if (wanted === projection) return;
        if ((await store.saveProjection(id, wanted, revision)) === "saved") {
          projection = wanted;
          revision += 1;
          return;
        }
        await wait(Math.random() * 10 * 2 ** Math.min(races, 6));
        const fresh = await store.get(id);
        if (!fresh) throw new Error(`Request ${id} is gone`);
        projection = fresh.projection;
        revision = fresh.projectionRevision;
      }
      throw new Error(`Lost ${maxRaces} races for the projection of request ${id}`);
    },
  };
}

/** Two writers at most, each with pauses that grow: more lost races than this is a bug. */
const maxRaces = 20;

export function findCopy(projection: Projection, role: Copy["role"], key: string): Copy | undefined {
  return projection.copies.find((copy) => copy.role === role && copy.key === key);
}

/** The copy in its place, once: whatever had the same role and key is replaced. */
export function withCopy(projection: Projection, copy: Copy): Projection {
  return { ...withoutCopy(projection, copy), copies: [...withoutCopy(projection, copy).copies, copy] };
}

export function withoutCopy(projection: Projection, gone: Pick<Copy, "role" | "key">): Projection {
  return {
    ...projection,
    copies: projection.copies.filter((copy) => copy.role !== gone.role || copy.key !== gone.key),
  };
}
