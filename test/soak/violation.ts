/** One thing that the architecture says can't be, and was. `invariant`: its number there, or 0 for coming to rest. */
export type Violation = { invariant: number; what: string; requestId?: string };

export function violationText({ invariant, what, requestId }: Violation): string {
  return `invariant ${invariant}${requestId ? `, ${requestId}` : ""}: ${what}`;
}
