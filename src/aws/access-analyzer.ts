import {
  AccessAnalyzerClient,
  CheckNoNewAccessCommand,
  paginateValidatePolicy,
} from "@aws-sdk/client-accessanalyzer";
import type { AwsPlace } from "./clients.ts";

/** A policy of an identity, which a session policy is checked as too, or the trust policy of a role. */
export type PolicyKind = "identity" | "trust";

type PolicyFinding = {
  /** As AWS grades it: `ERROR`, `SECURITY_WARNING`, `WARNING`, `SUGGESTION`. */
  type: string;
  code: string;
  says: string;
};

/** What IAM Access Analyzer says of policies that exist nowhere yet. */
export interface PolicyChecks extends Disposable {
  /** Free of charge. */
  validate(policy: string, kind: PolicyKind): Promise<PolicyFinding[]>;
  /** Whether the new policy allows anything that the existing one does not, and what. AWS charges each call. */
  noNewAccess(policy: string, existing: string): Promise<{ pass: boolean; reasons: string[] }>;
}

/** With the identity of whoever asks, from the SDK's default chain. */
export function createPolicyChecks(place: AwsPlace): PolicyChecks {
  const client = new AccessAnalyzerClient({
    ...place,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  });
  return {
    async validate(policyDocument, kind) {
      const found: PolicyFinding[] = [];
      const typed =
        kind === "identity"
          ? ({ policyType: "IDENTITY_POLICY" } as const)
          : ({
              policyType: "RESOURCE_POLICY",
              validatePolicyResourceType: "AWS::IAM::AssumeRolePolicyDocument",
            } as const);
      for await (const { findings = [] } of paginateValidatePolicy({ client }, { policyDocument, ...typed }))
        found.push(
          ...findings.map(({ findingType = "", issueCode = "", findingDetails = "" }) => ({
            type: findingType,
            code: issueCode,
            says: findingDetails,
          })),
        );
      return found;
    },
    async noNewAccess(newPolicyDocument, existingPolicyDocument) {
      const answer = await client.send(
        new CheckNoNewAccessCommand({
          newPolicyDocument,
          existingPolicyDocument,
          policyType: "IDENTITY_POLICY",
        }),
      );
      const reasons = answer.reasons ?? [];
      return {
        pass: answer.result === "PASS",
        reasons: reasons.map(({ description = "", statementId, statementIndex }) =>
          `${description} ${statementId ?? statementIndex ?? ""}`.trim(),
        ),
      };
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}
