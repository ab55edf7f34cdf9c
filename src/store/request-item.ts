import type { Request } from "../request/request.ts";
import type { Heartbeat, StoredRequest } from "../workflow/ports.ts";

/**
 * The item of a request as DynamoDB returns it. The document is one JSON text, so that what was hashed is what is kept.
 * Each run's heartbeat is an attribute of its own (`beat1`, …): a window's runs may have two workers at a time.
 */
export type RequestItem = {
  doc: { S: string };
  state: { S: string };
  version: { N: string };
  copies: { S: string };
  copiesRevision: { N: string };
};

export function toStored(item: RequestItem): StoredRequest {
  const heartbeats = heartbeatsOf(item);
  const heartbeat = heartbeats.at(-1);
  return {
    request: JSON.parse(item.doc.S) as StoredRequest["request"],
    version: Number(item.version.N),
    ...(heartbeat ? { heartbeat } : {}),
    beats: Object.fromEntries(heartbeats.map(({ run, at }) => [run, at])),
    projection: JSON.parse(item.copies.S) as StoredRequest["projection"],
    projectionRevision: Number(item.copiesRevision.N),
  };
}

/** Name of the attribute with a run's heartbeat. */
export function beatName(run: number): string {
  return `beat${run}`;
}

/** The runs that a worker attends to, as `|<run>:<worker>|…`: only these may have a heartbeat written. */
export function attended({ runs }: Request): string {
  return runs
    .filter((run) => run.state === "running" || (run.state === "succeeded" && !run.delivery))
    .map(({ no, worker }) => attendance(no, worker ?? ""))
    .join("");
}

export function attendance(run: number, worker: string): string {
  return `|${run}:${worker}|`;
}

/** By run number. */
function heartbeatsOf(item: RequestItem): Heartbeat[] {
  return Object.entries(item as Record<string, { S?: string }>)
    .flatMap(([name, { S }]) => (/^beat\d+$/.test(name) && S ? [JSON.parse(S) as Heartbeat] : []))
    .toSorted((a, b) => a.run - b.run);
}
