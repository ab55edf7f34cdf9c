import { boundAttributes } from "../bound-attributes.ts";
import type { CataloguedAttribute } from "../data-sources.ts";
import type { AttributeValueTemplate, Step } from "../step.ts";
import { refsIn } from "../value-refs.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";
import { kindOfRef } from "./value-kind.ts";
import type { ValueKind } from "./value-kind.ts";

/** Rules about the request as it is written; what only shows once it is bound is in `shape-rules.ts`. */
export const requestRules: readonly Rule[] = [
  {
    id: "DDB01",
    severity: "error",
    says: "Of DynamoDB only GetItem, Query, BatchGetItem and UpdateItem; a Scan says allowScan and its justification, is at least of riskLevel high and needs two approvals.",
    check: undeclaredScan,
  },
  {
    id: "DDB04",
    severity: "error",
    says: "A Query or Scan says its Limit, and the runbook its maxPages and maxItemsScanned.",
    check: ({ runbook: { limits, steps } }) =>
      steps.some(({ action }) => action === "dynamodb:Query" || action === "dynamodb:Scan")
        ? (["maxPages", "maxItemsScanned"] as const)
            .filter((name) => limits[name] === undefined)
            .map((name) => ({ path: ["limits"], message: `a Query or Scan needs ${name}` }))
        : [],
  },
  {
    id: "DDB05",
    severity: "warning",
    says: "Where there is a filter, expectedOutput says that items are read before they are filtered.",
    check: ({ runbook: { steps, documentation } }) =>
      steps.some(hasFilter) && !/\bfilter/i.test(documentation.expectedOutput)
        ? [
            {
              path: ["documentation", "expectedOutput"],
              message: "say that the filter does not reduce the items read",
            },
          ]
        : [],
  },
  { id: "DDB12", severity: "error", says: "No PartiQL." },
  {
    id: "DDB13",
    severity: "error",
    says: "A value has the type of the place that it is bound to: S takes texts and times, N numbers, BOOL a boolean; and the type that the catalogue says.",
    check: valueTypes,
  },
  {
    id: "DDB14",
    severity: "error",
    says: "A request names the table of its data source, no other.",
    check: ({ runbook, dataSource }) =>
      dataSource?.service === "dynamodb"
        ? runbook.steps.flatMap((step, index) => foreignTable(step, index, dataSource.table))
        : [],
  },
];

/** That allowScan and a justification stand there, the schema sees to. */
function undeclaredScan({ runbook: { steps, metadata, approval } }: RuleContext): Finding[] {
  if (!steps.some(({ action }) => action === "dynamodb:Scan")) return [];
  const isHigh = metadata.riskLevel === "high" || metadata.riskLevel === "critical";
  return [
    ...(isHigh
      ? []
      : [
          {
            path: ["metadata", "riskLevel"],
            message: "a Scan reads whatever stands in the table; write high",
          },
        ]),
    ...(approval.minRequiredApprovals >= 2
      ? []
      : [{ path: ["approval", "minRequiredApprovals"], message: "a Scan needs at least 2 approvals" }]),
  ];
}

function hasFilter(step: Step): boolean {
  if (step.action === "dynamodb:Scan") return step.request.FilterExpression !== undefined;
  if (step.action !== "dynamodb:Query") return false;
  return [step.request, ...(step.optional ?? [])].some(
    ({ FilterExpression }) => FilterExpression !== undefined,
  );
}

function foreignTable(step: Step, index: number, table: string): Finding[] {
  if (step.action === "athena:StartQueryExecution") return [];
  const named =
    step.action === "dynamodb:BatchGetItem"
      ? Object.keys(step.request.RequestItems)
      : [step.request.TableName];
  const field = step.action === "dynamodb:BatchGetItem" ? "RequestItems" : "TableName";
  return named
    .filter((one) => one !== table)
    .map((one) => ({
      path: ["steps", index, "request", field],
      message: `the data source is table ${table}, not ${one}`,
    }));
}

type Scalar = "S" | "N" | "BOOL";

const kindsOf: Record<Scalar, readonly ValueKind[]> = {
  S: ["text", "date", "date-time", "list"],
  N: ["integer", "number"],
  BOOL: ["boolean"],
};

function valueTypes(context: RuleContext): Finding[] {
  return context.runbook.steps.flatMap((step, index) =>
    boundAttributes(step).flatMap(({ attribute, value, placeholder, path }) => {
      const attributes = context.dataSource?.service === "dynamodb" ? context.dataSource.attributes : {};
      const message =
        wrongKind(placeholder ?? attribute, value, context) ??
        wrongColumn(attribute, value, attributes[attribute]);
      return message === undefined ? [] : [{ path: ["steps", index, ...path], message }];
    }),
  );
}

function wrongKind(
  where: string,
  value: AttributeValueTemplate,
  { runbook }: RuleContext,
): string | undefined {
  const type = scalarOf(value);
  const wrong = refsIn(value)
    .map(({ ref }) => ({ ref, kind: kindOfRef(ref, runbook) }))
    .find(({ kind }) => kind !== "unknown" && !kindsOf[type].includes(kind));
  if (!wrong) return undefined;
  const { ref, kind } = wrong;
  const source = "$param" in ref ? `parameter "${ref.$param}"` : `derived value "${ref.$derived}"`;
  return `${where} is of type ${type}, which can't take ${source}: it is of kind ${kind}`;
}

function wrongColumn(
  attribute: string,
  value: AttributeValueTemplate,
  column: CataloguedAttribute | undefined,
): string | undefined {
  const type = scalarOf(value);
  const scalar = column?.type === "S" || column?.type === "N" || column?.type === "BOOL";
  return scalar && column.type !== type ? `${attribute} is of type ${column.type}, not ${type}` : undefined;
}

function scalarOf(value: AttributeValueTemplate): Scalar {
  if ("S" in value) return "S";
  return "N" in value ? "N" : "BOOL";
}
