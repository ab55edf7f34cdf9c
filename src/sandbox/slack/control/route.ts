import type { FaultSwitches } from "../fault-switches.ts";
import { textOf, type JsonObject } from "../json.ts";
import type { Peer } from "../peer.ts";

/** What control routes may touch. */
export type ControlContext = {
  peer: Peer;
  faults: FaultSwitches;
  setRequestUrl: (url: string) => void;
  /** Live Socket Mode connections. */
  connections: () => number;
};

export type ControlRequest = {
  /** The parts of the path that the route names. */
  params: Record<string, string>;
  query: URLSearchParams;
  body: JsonObject;
};

/** One thing that can be asked over HTTP. Its answer is sent as JSON, a Buffer as it is. */
export type ControlRoute = {
  method: "GET" | "POST";
  /** With `:name` for a part that varies. */
  path: string;
  /** For the list that `GET /control/` gives. */
  about: string;
  run(context: ControlContext, request: ControlRequest): unknown;
};

/** The request lacks something or has it in the wrong form: 400. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

export function needed(source: JsonObject | URLSearchParams, name: string): string {
  const value = source instanceof URLSearchParams ? source.get(name) : source[name];
  if (typeof value !== "string" || value === "") throw new BadRequest(`"${name}" is missing`);
  return value;
}

export function optional(source: JsonObject | URLSearchParams, name: string): string | undefined {
  const value = source instanceof URLSearchParams ? source.get(name) : textOf(source[name]);
  return value === null || value === "" ? undefined : value;
}
