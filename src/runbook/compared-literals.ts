import type { ASTNode } from "@marcbachmann/cel-js";

/** A text that an expression compares with a fact: of `plan.classification in ["pii"]` the `pii`. */
export type ComparedLiteral = {
  /** Like `plan.classification`. */
  fact: string;
  text: string;
  /** How the fact is asked about it. */
  by: "equals" | "startsWith" | "endsWith" | "contains";
  /** The character where it stands, from 1. */
  at: number;
};

/** What a loop's variable stands for: the list that it runs over. */
type Bound = ReadonlyMap<string, ASTNode>;

const loops: ReadonlySet<string> = new Set(["exists", "exists_one", "all"]);
const partial = ["startsWith", "endsWith", "contains"] as const;

/** Every text that is compared with a fact, wherever it stands in the expression. */
export function comparedLiterals(node: ASTNode, bound: Bound = new Map()): ComparedLiteral[] {
  if (node.op === "==" || node.op === "!=" || node.op === "in") {
    const [left, right] = node.args;
    return [...pairs(left, right, bound), ...pairs(right, left, bound), ...below(node, bound)];
  }
  if (node.op !== "rcall") return below(node, bound);
  const [name, receiver, [first, ...rest]] = node.args;
  if (loops.has(name) && first?.op === "id") {
    const inside = new Map(bound).set(first.args, receiver);
    return [...comparedLiterals(receiver, bound), ...rest.flatMap((one) => comparedLiterals(one, inside))];
  }
  const by = partial.find((one) => one === name);
  return by && first ? pairs(receiver, first, bound, by) : below(node, bound);
}

function pairs(
  asked: ASTNode,
  given: ASTNode,
  bound: Bound,
  by: ComparedLiteral["by"] = "equals",
): ComparedLiteral[] {
  const fact = factOf(asked, bound);
  if (fact === undefined) return [];
  return textsOf(given, bound).map(({ text, at }) => ({ fact, text, by, at }));
}

function factOf(node: ASTNode, bound: Bound): string | undefined {
  if (node.op === "." && node.args[0].op === "id") return `${node.args[0].args}.${node.args[1]}`;
  if (node.op === "[]" && node.args[0].op === "id" && typeof node.args[1].args === "string")
    return `${node.args[0].args}.${node.args[1].args}`;
  const list = node.op === "id" ? bound.get(node.args) : undefined;
  return list && factOf(list, bound);
}

function textsOf(node: ASTNode, bound: Bound): { text: string; at: number }[] {
  if (node.op === "value")
    return typeof node.args === "string" ? [{ text: node.args, at: node.start + 1 }] : [];
  if (node.op === "list") return node.args.flatMap((one) => textsOf(one, bound));
  const list = node.op === "id" ? bound.get(node.args) : undefined;
  return list ? textsOf(list, bound) : [];
}

function below(node: ASTNode, bound: Bound): ComparedLiteral[] {
  return childrenOf(node).flatMap((one) => comparedLiterals(one, bound));
}

/** The nodes right below this one. */
export function childrenOf(node: ASTNode): ASTNode[] {
  const collect = (value: unknown): ASTNode[] => {
    if (Array.isArray(value)) return value.flatMap(collect);
    return typeof value === "object" && value !== null && "op" in value ? [value as ASTNode] : [];
  };
  return collect(node.args);
}
