import type { Lease } from "../request/request.ts";
import { digest } from "../runbook/digest.ts";
import type { RunSession } from "./ports.ts";

/** What is recorded of a session: facts, never the secret. */
export function leaseFacts({ facts }: RunSession): Lease {
  const lifeMs = facts.expiresAt.getTime() - facts.issuedAt.getTime();
  return {
    sessionName: facts.sessionName,
    sessionArn: facts.sessionArn,
    accessKeyId: facts.accessKeyId,
    sourceIdentity: facts.sourceIdentity,
    issuedAt: facts.issuedAt.toISOString(),
    expiresAt: facts.expiresAt.toISOString(),
    localExpiresAt: new Date(facts.issuedLocallyAt.getTime() + lifeMs).toISOString(),
    policyDigest: digest(JSON.parse(facts.policy)),
    checks: facts.checks,
  };
}
