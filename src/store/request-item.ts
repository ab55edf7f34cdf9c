import type { Heartbeat, StoredRequest } from "../workflow/ports.ts";

/** The item of a request as DynamoDB returns it. The document is one JSON text, so that what was hashed is what is kept. */
export type RequestItem = {
  doc: { S: string };
  state: { S: string };
  version: { N: string };
  heartbeat?: { S: string };
  copies: { S: string };
  copiesRevision: { N: string };
};

export function toStored(item: RequestItem): StoredRequest {
  return {
    request: JSON.parse(item.doc.S) as StoredRequest["request"],
    version: Number(item.version.N),
    ...(item.heartbeat ? { heartbeat: JSON.parse(item.heartbeat.S) as Heartbeat } : {}),
    projection: JSON.parse(item.copies.S) as StoredRequest["projection"],
    projectionRevision: Number(item.copiesRevision.N),
  };
}
