import type { Classification } from "../plan.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";

const order: readonly Classification[] = ["public", "internal", "confidential", "pii"];

export const outputRules: readonly Rule[] = [
  {
    id: "OUT01",
    severity: "error",
    says: "A column is classified at least as the catalogue classifies its attribute; a pii column has a mask.",
    check: columnClasses,
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
      const highest = Math.max(0, ...output.columns.map(({ classification }) => rank(classification)));
      return rank(output.classification) >= highest
        ? []
        : [
            {
              path: ["output", "classification"],
              message: `a column is ${order[highest]}, the output says ${output.classification}`,
            },
          ];
    },
  },
];

function columnClasses({ runbook, dataSource }: RuleContext): Finding[] {
  return runbook.output.columns.flatMap(({ name, classification, mask }, at): Finding[] => {
    const path = ["output", "columns", at];
    const catalogued =
      dataSource && Object.hasOwn(dataSource.attributes, name) ? dataSource.attributes[name] : undefined;
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

function rank(classification: Classification): number {
  return order.indexOf(classification);
}
