import * as z from "zod";
import type { PolicyDocument } from "../policy-document.ts";

/** A role as it stands in an account, as far as a file tells. */
export type DeployedRole = {
  /** Its ARN; absent for a bare policy document, which says nothing of its role. */
  arn?: string;
  policies: readonly PolicyDocument[];
  /** Attached policies whose text is not in the file. */
  unread: readonly string[];
  /** `unknown`: the file does not say. */
  boundary: "present" | "absent" | "unknown";
};

/**
 * Reads one of three forms: what `jit iam --format json` prints, what
 * `aws iam get-account-authorization-details --filter Role LocalManagedPolicy` prints, or one policy document.
 * Undefined for anything else.
 */
export function readDeployed(json: unknown): readonly DeployedRole[] | undefined {
  const own = ownForm.safeParse(json);
  if (own.success) {
    return own.data.roles.map(({ arn, policies, boundary }) => ({
      arn,
      policies: policies.map(({ document }) => document as PolicyDocument),
      unread: [],
      boundary: boundary === undefined ? "absent" : "present",
    }));
  }
  const details = accountDetails.safeParse(json);
  if (details.success) return details.data.RoleDetailList.map((role) => ofAccount(role, details.data));
  const bare = policyDocument.safeParse(json);
  if (bare.success) return [{ policies: [bare.data as PolicyDocument], unread: [], boundary: "unknown" }];
  return undefined;
}

/** Statements are looked at one by one where they are judged; nothing is demanded of them here. */
const policyDocument = z.object({ Version: z.string(), Statement: z.unknown() });

/** IAM's API gives documents as percent-encoded text; its CLI decodes them. */
const encodedDocument = z.preprocess((given) => {
  if (typeof given !== "string") return given;
  try {
    return JSON.parse(decodeURIComponent(given)) as unknown;
  } catch {
    return undefined;
  }
}, policyDocument);

const ownForm = z.object({
  format: z.literal(1),
  roles: z.array(
    z.object({
      arn: z.string(),
      policies: z.array(z.object({ document: policyDocument })),
      boundary: z.unknown().optional(),
    }),
  ),
});

const roleDetail = z.object({
  Arn: z.string(),
  RolePolicyList: z.array(z.object({ PolicyDocument: encodedDocument })).default([]),
  AttachedManagedPolicies: z.array(z.object({ PolicyArn: z.string() })).default([]),
  PermissionsBoundary: z.object({ PermissionsBoundaryArn: z.string() }).optional(),
});

const accountDetails = z.object({
  RoleDetailList: z.array(roleDetail),
  Policies: z
    .array(
      z.object({
        Arn: z.string(),
        PolicyVersionList: z.array(z.object({ Document: encodedDocument, IsDefaultVersion: z.boolean() })),
      }),
    )
    .default([]),
});

function ofAccount(
  role: z.infer<typeof roleDetail>,
  { Policies }: z.infer<typeof accountDetails>,
): DeployedRole {
  const attached = role.AttachedManagedPolicies.map(({ PolicyArn }) => ({
    arn: PolicyArn,
    version: Policies.find(({ Arn }) => Arn === PolicyArn)?.PolicyVersionList.find(
      ({ IsDefaultVersion }) => IsDefaultVersion,
    ),
  }));
  return {
    arn: role.Arn,
    policies: [
      ...role.RolePolicyList.map(({ PolicyDocument: own }) => own as PolicyDocument),
      ...attached.flatMap(({ version }) => (version ? [version.Document as PolicyDocument] : [])),
    ],
    unread: attached.flatMap(({ arn, version }) => (version ? [] : [arn])),
    boundary: role.PermissionsBoundary ? "present" : "absent",
  };
}
