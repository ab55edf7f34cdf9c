import type { LoadedRunbook } from "../../src/runbook/runbook.ts";
import type { RunbookChoice } from "../../src/workflow/use-cases.ts";
import { approver2, lead } from "../fixtures/a-request.ts";

/** A runbook with a parameter of every kind that a form can show. */
export const allKinds: LoadedRunbook = {
  apiVersion: "jit-runbooks/v1",
  kind: "QueryRunbook",
  digest: "d".repeat(64),
  fileName: "all-kinds.yml",
  metadata: {
    name: "all-kinds",
    title: "Every kind of parameter",
    version: "1.2.3",
    status: "stable",
    owner: "orders-platform",
    lastReviewed: "2026-11-20",
    riskLevel: "medium",
    tags: ["orders", "incident"],
  },
  documentation: {
    purpose: "Shows that each kind of parameter gets the field that fits it.",
    whenToUse: "A form is tested.",
    whenNotToUse: "Never in production.",
    expectedOutput: "Nothing at all.",
    interpretation: [
      { when: "0 rows", meaning: "Nothing is there.", next: "Stop." },
      { when: "Rows", meaning: "Something is there.", next: "Escalate." },
    ],
    escalation: { contact: "#orders-oncall", when: "It does not work." },
  },
  parameters: {
    type: "object",
    additionalProperties: false,
    required: ["order_id", "status", "size", "ratio", "urgent", "day", "since", "states", "countries"],
    properties: {
      order_id: {
        type: "string",
        title: "Order",
        description: "The order's id.",
        pattern: "^O-[0-9]{8}$",
        minLength: 10,
        maxLength: 10,
        examples: ["O-00004411"],
      },
      status: {
        type: "string",
        title: "Status",
        description: "As stored.",
        enum: ["PAYMENT_PENDING", "PAID", "PICKING", "SHIPPED", "DELIVERED"],
      },
      channel: {
        type: "string",
        title: "Sales channel",
        description: "Where it was sold.",
        enum: ["WEB", "SHOP"],
      },
      size: {
        type: "integer",
        title: "Up to",
        description: "How many.",
        minimum: 1,
        maximum: 100,
        default: 20,
      },
      ratio: {
        type: "number",
        title: "Ratio",
        description: "A share.",
        minimum: 0,
        maximum: 1,
        examples: [0.25],
      },
      urgent: { type: "boolean", title: "Urgent", description: "Whether it is." },
      day: { type: "string", format: "date", title: "Day", description: "The day it happened." },
      since: { type: "string", format: "date-time", title: "Since", description: "From this time on." },
      states: {
        type: "array",
        title: "States",
        description: "Which ones.",
        items: { type: "string", enum: ["NEW", "OPEN", "DONE"] },
        maxItems: 2,
      },
      countries: {
        type: "array",
        title: "Countries",
        description: "Where.",
        items: { type: "string", enum: Array.from({ length: 30 }, (_, index) => `COUNTRY_${index}`) },
        maxItems: 5,
      },
    },
  },
  access: { requesters: ["engineering"] },
  approval: { approvers: ["orders-platform"], minRequiredApprovals: 1, timeoutSeconds: 3600 },
  grant: { kinds: ["single-run", "window"], maxDurationMinutes: 60, maxRuns: 5 },
  limits: { timeoutSeconds: 20, maxRows: 100, maxPages: 5, maxItemsScanned: 500 },
  datasource: "orders",
  steps: [
    {
      name: "query",
      action: "dynamodb:Query",
      request: {
        TableName: "orders",
        KeyConditionExpression: "order_id = :order",
        ProjectionExpression: "order_id",
        Select: "SPECIFIC_ATTRIBUTES",
        ExpressionAttributeValues: { ":order": { S: { $param: "order_id" } } },
        Limit: 10,
      },
    },
  ],
  output: {
    classification: "internal",
    audience: "requester",
    noun: { one: "order", other: "orders" },
    emptyResult: "Nothing was found.",
    removeOnEnd: false,
    columns: [{ name: "order_id", title: "Order", type: "string", classification: "internal", mask: "none" }],
  },
  tests: [{ name: "is never run", given: { parameters: {} }, expect: { valid: false } }],
};

export function choiceOf(runbook: LoadedRunbook, changes: Partial<RunbookChoice> = {}): RunbookChoice {
  return {
    name: runbook.metadata.name,
    title: runbook.metadata.title,
    purpose: runbook.documentation.purpose,
    tags: runbook.metadata.tags ?? [],
    riskLevel: runbook.metadata.riskLevel,
    environment: "production",
    approval: { count: 1, groups: ["orders-platform"], approvers: [lead, approver2] },
    grant: { kinds: runbook.grant.kinds, maxDurationMinutes: runbook.grant.maxDurationMinutes },
    ...changes,
  };
}

/** The same runbook under another name. */
export function namedRunbook(name: string, title: string): LoadedRunbook {
  return { ...allKinds, metadata: { ...allKinds.metadata, name, title } };
}
