import { RequestError } from "./request-error.ts";

/** A field that nobody reads could widen the request (AttributesToGet, QueryFilter, …), so it is refused. */
export function expectOnly(request: object, where: string, known: readonly string[]): void {
  const unknown = Object.keys(request).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw new RequestError("malformed", `${where}: ${unknown.join(", ")} is not supported.`);
}
