import type { Changes } from "./changes.ts";
import type { Ack } from "./delivery/transport.ts";
import type { JsonObject } from "./json.ts";

export type RecordEntry = { no: number; at: string } & (
  | {
      kind: "api";
      method: string;
      /** Without tokens. */
      args: JsonObject;
      token: "bot" | "app" | "none";
      status: number;
      answer: JsonObject | undefined;
      fault?: string;
    }
  | { kind: "delivery"; type: string; payload: JsonObject; attempt: number; ack: Ack }
  | { kind: "response_url"; body: JsonObject; status: number; answer: string }
  | { kind: "act"; persona: string; act: string; detail: JsonObject; shown: string | undefined }
  | { kind: "socket"; what: "open" | "closed" | "refused"; connections: number }
  | { kind: "upload"; fileId: string; bytes: number }
  | { kind: "fault"; fault: string; detail: JsonObject }
);

type OfKind<K extends RecordEntry["kind"]> = Extract<RecordEntry, { kind: K }>;
type Fresh = RecordEntry extends infer E ? (E extends RecordEntry ? Omit<E, "no" | "at"> : never) : never;

/** Everything that happened, in order; never holds a token. */
export class PeerRecord {
  readonly entries: RecordEntry[] = [];
  readonly #changes: Changes;
  #count = 0;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  add(entry: Fresh): void {
    this.#count += 1;
    this.entries.push({ no: this.#count, at: new Date().toISOString(), ...entry });
    this.#changes.notify();
  }

  /** Calls of the Web API, of one method if named. */
  api(method?: string): OfKind<"api">[] {
    return this.#of("api").filter((entry) => method === undefined || entry.method === method);
  }

  /** What was sent to the app: `slash_commands`, `block_actions`, `view_submission`, `app_home_opened` … */
  deliveries(type?: string): OfKind<"delivery">[] {
    return this.#of("delivery").filter((entry) => type === undefined || entry.type === type);
  }

  clear(): void {
    this.entries.length = 0;
  }

  #of<K extends RecordEntry["kind"]>(kind: K): OfKind<K>[] {
    return this.entries.filter((entry): entry is OfKind<K> & RecordEntry => entry.kind === kind);
  }
}
