import { createHash } from "node:crypto";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * `R` and 16 characters that people can read aloud (80 bits). Made from the submission's key, so that one form
 * delivered twice is one request.
 */
export function requestIdFor(key: string): string {
  const bytes = createHash("sha256").update(key).digest();
  let bits = 0n;
  for (const byte of bytes.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  let id = "";
  for (let i = 0; i < 16; i++) {
    id = (CROCKFORD[Number(bits & 31n)] ?? "") + id;
    bits >>= 5n;
  }
  return `R${id}`;
}
