import type { AuthorizationRequest } from "./policy-document.ts";

/** The condition keys of one request; the names of condition keys ignore case. */
export type RequestContext = ReadonlyMap<string, string | readonly string[]>;

/** A multivalued key without any value counts as absent, as AWS treats a null data set. */
export function requestContext(context: AuthorizationRequest["context"]): RequestContext {
  const keys = new Map<string, string | readonly string[]>();
  for (const [key, value] of Object.entries(context)) {
    if (Array.isArray(value) && value.length === 0) continue;
    keys.set(key.toLowerCase(), value);
  }
  return keys;
}
