import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export type Door = { port: number; token: string };
export type Refusal = { status: number; error: string };

/**
 * Whether a request may be looked at at all. A page that somebody else's site opened under a name that resolves
 * to loopback carries that name as its host.
 */
export function refuseHost(headers: IncomingHttpHeaders, { port }: Door): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (hosts.includes(headers.host ?? "")) return undefined;
  return { status: 421, error: `this page answers to ${hosts.join(" and ")} only` };
}

/**
 * Whether a request may act or see. Another page in the same browser can send requests here, also one on another
 * port of this machine, whose cookies would be ours too. So nothing counts that a browser adds by itself: the
 * token of this start must stand in a header, which another origin can't set, and its origin must be ours.
 */
export function refuseCaller(headers: IncomingHttpHeaders, door: Door): Refusal | undefined {
  const { origin } = headers;
  const ours = [`http://127.0.0.1:${door.port}`, `http://localhost:${door.port}`];
  const site = headers["sec-fetch-site"];
  if (origin !== undefined && !ours.includes(origin)) return { status: 403, error: "another page asked" };
  if (site !== undefined && site !== "same-origin") return { status: 403, error: "another page asked" };
  const given = Buffer.from(headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${door.token}`);
  if (given.length === expected.length && timingSafeEqual(given, expected)) return undefined;
  return { status: 401, error: "open the page by the address that the sandbox printed at its start" };
}
