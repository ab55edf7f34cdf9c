import { classificationRank as rank, highestClassification } from "../classification-order.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";
import { queryColumnClasses } from "./sql-rules.ts";

export const outputRules: readonly Rule[] = [
  {
    id: "OUT01",
    severity: "error",
    says: "A column is classified at least as the catalogue classifies the attribute or column that it shows; a pii column and one that may only be shown masked have a mask.",
    check: (context) => [...columnClasses(context), ...queryColumnClasses(context)],
  },
  {
    id: "OUT02",
    severity: "error",
    says: "A preview in the thread shows no unmasked column that is confidential or pii.",
    check: ({ runbook: { output } }) =>
      output.audience !== "thread-preview"
        ? []
        : output.columns.flatMap(({ name, classification, mask }, at) =>
            rank(classification) >= rank("confidential") && mask === "none"
              ? [
                  {
                    path: ["output", "columns", at, "mask"],
                    message: `${name} is ${classification} and would be shown unmasked`,
                  },
                ]
              : [],
          ),
  },
  { id: "OUT03", severity: "error", says: "An emptyResult sentence is present." },
  {
    id: "OUT05",
    severity: "error",
    says: "The output is classified at least as its most sensitive column.",
    check: ({ runbook: { output } }) => {
      const highest = highestClassification(output.columns.map(({ classification }) => classification));
      return rank(output.classification) >= rank(highest)
        ? []
        : [
            {
              path: ["output", "classification"],
              message: `a column is ${highest}, the output says ${output.classification}`,
            },
          ];
    },
  },
];

function columnClasses({ runbook, dataSource }: RuleContext): Finding[] {
  return runbook.output.columns.flatMap(({ name, classification, mask }, at): Finding[] => {
    const path = ["output", "columns", at];
    const catalogued = dataSource?.service === "dynamodb" ? ownValue(dataSource.attributes, name) : undefined;
    if (catalogued && rank(classification) < rank(catalogued.classification)) {
      return [
        {
          path: [...path, "classification"],
          message: `the catalogue says ${catalogued.classification} for ${name}, the column ${classification}`,
        },
      ];
    }
    if (classification === "pii" && mask === "none") {
      return [{ path: [...path, "mask"], message: `${name} is pii; its mask is last4 or hide` }];
    }
    return [];
  });
}

function ownValue<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
