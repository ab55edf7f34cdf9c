import { evaluate } from "./evaluate.ts";
import type { AuthorizationRequest, PolicyDocument } from "./policy-document.ts";

/** One question put to the policy, and the answer that is right. `call`: what was planned, `1 dynamodb:Query`. */
export type ProofCheck = { call: string; expect: "allowed" | "denied"; mutation?: string };

/** What a policy failed: a check, or (without `call`) its form. `reason` is a sentence. */
export type ProofFailure = { call?: string; mutation?: string; reason: string };

export type Proof =
  | { proven: true; checks: readonly ProofCheck[] }
  | { proven: false; failures: readonly [ProofFailure, ...ProofFailure[]] };

/** A call that differs from a planned one in the point that its title names. */
export type Mutation = { title: string; request: AuthorizationRequest };

/** What a plan asks of its policy, whatever the policy says. */
export type Interrogation = {
  questions: readonly { check: ProofCheck; request: AuthorizationRequest }[];
  /** For a policy of our shape: its parts that no call asked for, each as a sentence. Finds names that no question could guess. */
  unplannedParts: (policy: PolicyDocument) => string[];
};

const everything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

/** The failure if the policy answers wrongly. The role is assumed to allow everything: what the policy leaves open counts as open. */
export function answerIsWrong(
  check: ProofCheck,
  request: AuthorizationRequest,
  policy: PolicyDocument,
): ProofFailure | undefined {
  const { allowed } = evaluate({ identity: [everything], session: [policy] }, request);
  if (allowed === (check.expect === "allowed")) return undefined;
  const { call, mutation } = check;
  return mutation === undefined
    ? { call, reason: `Call ${call} is planned, but the session policy denies it.` }
    : { call, mutation, reason: `Call ${call} would also be allowed as: ${mutation}.` };
}
