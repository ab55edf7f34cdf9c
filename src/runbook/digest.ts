import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** SHA-256, lower-case hex, of the canonical JSON (RFC 8785) of a value: the order of keys does not count. */
export function digest(value: unknown): string {
  const json = canonicalize(value);
  if (json === undefined) throw new TypeError("a value without JSON has no digest");
  return createHash("sha256").update(json, "utf8").digest("hex");
}
