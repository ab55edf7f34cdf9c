import type { Outcome } from "../../src/request/outcome.ts";
import type { Request } from "../../src/request/request.ts";
import type { Heartbeat, Projection, RequestStore, StoredRequest } from "../../src/workflow/ports.ts";

/** The part of the store that the surface uses, with the same conditional writes, in memory. */
export class MemoryStore implements Pick<RequestStore, "get" | "saveProjection" | "change"> {
  #stored: StoredRequest;
  /** Throws before the next saves, as when the process dies between a post and its record. */
  failSaves = 0;
  /** Called once before a save is tried, as when somebody else saves meanwhile. */
  beforeSave: (() => void) | undefined;

  constructor(request: Request) {
    this.#stored = {
      request,
      version: 1,
      projection: { shownVersion: 0, copies: [], toldSeq: -1 },
      projectionRevision: 0,
    };
  }

  get request(): Request {
    return this.#stored.request;
  }

  get projection(): Projection {
    return this.#stored.projection;
  }

  get version(): number {
    return this.#stored.version;
  }

  async get(id: string): Promise<StoredRequest | undefined> {
    return id === this.request.id ? structuredClone(this.#stored) : undefined;
  }

  async change(id: string, decide: (request: Request) => Outcome) {
    if (id !== this.request.id) return { status: "not-found" } as const;
    const outcome = decide(this.request);
    if (outcome.status === "changed") this.become(outcome.request);
    return outcome;
  }

  async saveProjection(_: string, projection: Projection, basedOn: number): Promise<"saved" | "conflict"> {
    const meanwhile = this.beforeSave;
    this.beforeSave = undefined;
    meanwhile?.();
    if (this.failSaves > 0) {
      this.failSaves -= 1;
      throw new Error("the process died before it could save");
    }
    if (basedOn !== this.#stored.projectionRevision) return "conflict";
    this.put(projection);
    return "saved";
  }

  put(projection: Projection): void {
    this.#stored = {
      ...this.#stored,
      projection,
      projectionRevision: this.#stored.projectionRevision + 1,
    };
  }

  become(request: Request): void {
    this.#stored = { ...this.#stored, request, version: this.#stored.version + 1 };
  }

  beat(heartbeat: Heartbeat): void {
    this.#stored = { ...this.#stored, heartbeat };
  }
}
