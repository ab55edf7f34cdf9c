import type { PolicyTarget } from "./policy-target.ts";

/** The global condition keys of a call that a person's session makes itself (IAM User Guide, "Global condition context keys"). */
export function callContext(target: PolicyTarget, at: Date): Record<string, string | string[]> {
  return {
    "aws:CurrentTime": at.toISOString(),
    "aws:EpochTime": String(Math.floor(at.getTime() / 1000)),
    "aws:RequestedRegion": target.region,
    "aws:SecureTransport": "true",
    "aws:ViaAWSService": "false",
  };
}
