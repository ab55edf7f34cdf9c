import type { Condition, Path } from "../../dynamodb/expressions.ts";
import { parseCondition } from "../../dynamodb/parse-condition.ts";
import { parseUpdate } from "../../dynamodb/parse-update.ts";
import type { Runbook } from "../runbook.ts";
import type { UpdateStep } from "../step.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";

/** Rules of runbooks that change an item; they need readable expressions. */
export const writeRules: readonly Rule[] = [
  {
    id: "DDB08",
    severity: "error",
    says: "A write's condition demands attribute_exists of the partition key and something that the write itself ends, so that the same write is refused the second time.",
    check: repeatable,
  },
  {
    id: "DDB09",
    severity: "error",
    says: "A write returns UPDATED_NEW: what it wrote and no other attribute.",
  },
  {
    id: "DDB10",
    severity: "warning",
    says: "A write needs two approvals.",
    check: ({ runbook }) =>
      updateOf(runbook) && runbook.approval.minRequiredApprovals < 2
        ? [{ path: ["approval", "minRequiredApprovals"], message: "a write should need 2 approvals" }]
        : [],
  },
  {
    id: "DDB19",
    severity: "error",
    says: "A write is granted for a single run and is at least of riskLevel high.",
    check: ({ runbook }) => (updateOf(runbook) ? [...windows(runbook), ...lowRisk(runbook)] : []),
  },
  {
    id: "DDB20",
    severity: "error",
    says: "A rollback belongs to a write whose before image is shown, names another runbook, and is filled from the write's own parameters and attributes.",
    check: rollbackProblems,
  },
  {
    id: "DDB21",
    severity: "error",
    says: "A write names no binary attribute: nobody could judge its value.",
    check: binaryAttributes,
  },
];

function updateOf({ steps }: Runbook): UpdateStep | undefined {
  return steps.find((step) => step.action === "dynamodb:UpdateItem");
}

const conditionPath = ["steps", 0, "request", "ConditionExpression"];

function repeatable({ runbook, dataSource }: RuleContext): Finding[] {
  const step = updateOf(runbook);
  if (!step || dataSource?.service !== "dynamodb") return [];
  const terms = conjuncts(parseCondition(step.request.ConditionExpression, "ConditionExpression"));
  const { partitionKey } = dataSource.schema.keys;
  const name = nameReader(step);
  const exists = terms.some(
    (term) =>
      term.kind === "function" && term.name === "attribute_exists" && name(term.path) === partitionKey,
  );
  return [
    ...(exists
      ? []
      : [
          {
            path: conditionPath,
            message: `without attribute_exists(${partitionKey}) it could create an item`,
          },
        ]),
    ...(terms.some((term) => endsWith(term, step))
      ? []
      : [
          {
            path: conditionPath,
            message: "nothing in it is ended by the write, so it could be written again",
          },
        ]),
  ];
}

function conjuncts(condition: Condition): Condition[] {
  return condition.kind === "and"
    ? [...conjuncts(condition.left), ...conjuncts(condition.right)]
    : [condition];
}

/** Whether the term can't hold any more once the write is done. A comparison with an attribute that is absent is false. */
function endsWith(term: Condition, step: UpdateStep): boolean {
  const name = nameReader(step);
  const changes = new Map(
    parseUpdate(step.request.UpdateExpression).map((change) => [name(change.path), change]),
  );
  const changeOf = (path: Path) => (path.length === 1 ? changes.get(name(path)) : undefined);
  switch (term.kind) {
    case "function": {
      const change = changeOf(term.path);
      return term.name === "attribute_not_exists" ? change?.kind === "set" : change?.kind === "remove";
    }
    case "comparison": {
      const [operand, other] = term.left.kind === "path" ? [term.left, term.right] : [term.right, term.left];
      const change = operand.kind === "path" ? changeOf(operand.path) : undefined;
      if (change?.kind === "remove") return term.comparator !== "<>";
      return (
        change?.kind === "set" &&
        term.comparator === "=" &&
        other.kind === "value" &&
        other.placeholder !== change.placeholder
      );
    }
    case "in":
    case "between":
      return term.operand.kind === "path" && changeOf(term.operand.path)?.kind === "remove";
    case "and":
    case "or":
    case "not":
      return false;
    default:
      return term satisfies never;
  }
}

function nameReader({ request: { ExpressionAttributeNames = {} } }: UpdateStep): (path: Path) => string {
  return ([{ text }]) => ExpressionAttributeNames[text] ?? text;
}

function windows({ grant }: Runbook): Finding[] {
  return grant.kinds.includes("window")
    ? [{ path: ["grant", "kinds"], message: "what was judged is one change; a window would repeat it" }]
    : [];
}

function lowRisk({ metadata: { riskLevel } }: Runbook): Finding[] {
  return riskLevel === "high" || riskLevel === "critical"
    ? []
    : [{ path: ["metadata", "riskLevel"], message: "a write changes data; write high" }];
}

function rollbackProblems({ runbook, names }: RuleContext): Finding[] {
  const { rollback, metadata, parameters, output } = runbook;
  if (!rollback) return [];
  const step = updateOf(runbook);
  const attributes = output.columns.map(({ name }) => name);
  const inputs = Object.entries(rollback.inputs).flatMap(([name, source]): Finding[] => {
    const path = ["rollback", "inputs", name];
    if ("$param" in source)
      return Object.hasOwn(parameters.properties, source.$param)
        ? []
        : [{ path, message: `there is no parameter "${source.$param}"` }];
    const attribute = "$before" in source ? source.$before : source.$after;
    return attributes.includes(attribute)
      ? []
      : [{ path, message: `"${attribute}" is no attribute of the write` }];
  });
  return [
    ...(step?.beforeImage === "shown"
      ? []
      : [{ path: ["rollback"], message: "only a write whose beforeImage is shown can be taken back" }]),
    ...(names.has(rollback.runbook) && rollback.runbook !== metadata.name
      ? []
      : [{ path: ["rollback", "runbook"], message: `there is no other runbook "${rollback.runbook}"` }]),
    ...inputs,
  ];
}

function binaryAttributes({ runbook, dataSource }: RuleContext): Finding[] {
  if (!updateOf(runbook) || dataSource?.service !== "dynamodb") return [];
  return runbook.output.columns.flatMap(({ name }, at) =>
    Object.hasOwn(dataSource.attributes, name) && dataSource.attributes[name]?.type === "B"
      ? [{ path: ["output", "columns", at, "name"], message: `${name} is binary` }]
      : [],
  );
}
