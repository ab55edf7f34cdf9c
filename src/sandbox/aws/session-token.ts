import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { AwsError } from "./aws-error.ts";

/** The whole assembled token (AWS What's New, 2026-09-15). */
export const maxTokenBytes = 4096;

/** What a token holds besides policy and tags; a judgement, because AWS doesn't publish its format. */
const fixedBytes = 320;

/**
 * An opaque token as large as one that carries this policy and these tags would be: compressed, then base64.
 * An estimate by design: a policy that fits here by little may not fit at AWS.
 *
 * @throws AwsError `PackedPolicyTooLarge`
 */
export function issueToken(
  carried: { policy: string; tags: Record<string, string> },
  minimumBytes = 0,
): string {
  const packed = deflateRawSync(JSON.stringify(carried)).length;
  const raw = Math.max(fixedBytes + packed, Math.floor((minimumBytes * 3) / 4));
  const size = Math.ceil(raw / 3) * 4;
  if (size > maxTokenBytes) {
    const percent = Math.ceil((size / maxTokenBytes) * 100);
    throw new AwsError(
      "PackedPolicyTooLarge",
      `Serialized token too large for session: it takes ${percent}% of the allowed ${maxTokenBytes} bytes.`,
    );
  }
  return randomBytes(Math.ceil(raw / 3) * 3).toString("base64");
}
