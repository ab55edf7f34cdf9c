import type { Plan, PlannedCall, PlannedWrite, WrittenAttribute } from "../../runbook/plan.ts";
import { maskedValue } from "../../runbook/shown-value.ts";
import type { Audience } from "./request-card.ts";

/**
 * Whether this audience sees an attribute's values before anybody approved. What is about a person nobody does, what is
 * confidential only an approver, by direct message; the values themselves are what the condition demands in any case.
 */
export function isShownTo({ classification, mask }: WrittenAttribute, audience: Audience): boolean {
  if (classification === "pii" || mask === "hide") return false;
  return classification !== "confidential" || audience === "approver-dm";
}

/** Whether something that was seen is kept from this audience. */
export function masksImage({ write }: Plan, audience: Audience): boolean {
  return write?.before.status === "read" && write.attributes.some((one) => !isShownTo(one, audience));
}

/** The calls as they are sent, but for values that were seen of sensitive attributes: the requester reads this too. */
export function shownCalls({ calls, write }: Plan): readonly PlannedCall[] {
  if (write?.before.status !== "read") return calls;
  return calls.map((call) => (call.action === "dynamodb:UpdateItem" ? withoutSeen(call, write) : call));
}

type Update = Extract<PlannedCall, { action: "dynamodb:UpdateItem" }>;

function withoutSeen(call: Update, { attributes }: PlannedWrite): Update {
  const values = Object.entries(call.request.ExpressionAttributeValues ?? {}).map(([placeholder, value]) => {
    const [, position] = /^:before_(\d+)$/.exec(placeholder) ?? [];
    const attribute = position === undefined ? undefined : attributes[Number(position) - 1];
    const isHidden = attribute && !isShownTo(attribute, "requester");
    return [placeholder, isHidden ? { S: maskedValue } : value] as const;
  });
  return { ...call, request: { ...call.request, ExpressionAttributeValues: Object.fromEntries(values) } };
}
