/** What stands in a deny-list: a grant, or every session that is older than a moment; until when it has to. */
export type DenyEntry = { until: string } & ({ grant: string } | { olderThan: string });

/** The one inline policy that a revoker writes. */
export const DENY_LIST_POLICY = "jit-revoked-grants";

/** Of the 10,240 characters that a role's inline policies may have together, what is left to its own rights and others. */
const MAX_CHARACTERS = 6_000;

/**
 * The text of the deny-list, nothing when it is empty. When the grants do not fit, every session of the role that is
 * older than `now` is denied instead: too much, but never too little; runs under way fail and may be asked for again.
 */
export function denyListText(entries: readonly DenyEntry[], now: Date): string | undefined {
  if (entries.length === 0) return undefined;
  const grants = entries.flatMap((entry) => ("grant" in entry ? [entry.grant] : [])).toSorted();
  const moments = entries.flatMap((entry) => ("olderThan" in entry ? [entry.olderThan] : []));
  const text = policyText([...new Set(grants)], moments.toSorted().at(-1));
  return text.length <= MAX_CHARACTERS ? text : policyText([], now.toISOString());
}

function policyText(grants: readonly string[], olderThan: string | undefined): string {
  const deny = { Effect: "Deny", Action: "*", Resource: "*" };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      ...(grants.length > 0
        ? [
            {
              Sid: "RevokedGrants",
              ...deny,
              Condition: { StringEquals: { "aws:PrincipalTag/grant": grants } },
            },
          ]
        : []),
      ...(olderThan === undefined
        ? []
        : [
            {
              Sid: "OlderSessions",
              ...deny,
              Condition: { DateLessThan: { "aws:TokenIssueTime": olderThan } },
            },
          ]),
    ],
  });
}
