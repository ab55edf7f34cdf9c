import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { childrenOf, type ComparedLiteral, comparedLiterals } from "./compared-literals.ts";
import { ruleVariables } from "./rule-variables.ts";

/** Longer ones nobody reviews. */
export const maxExpressionLength = 1_000;

/**
 * What an expression may call: each in time linear in its argument. Left out on purpose: `matches` (a pattern can
 * take for ever), `map` and `bind` (they build values), everything about time (`now` is given).
 */
const macros = new Set(["exists", "exists_one", "all"]);
const functions = new Set([
  "size",
  "int",
  "double",
  "string",
  "contains",
  "startsWith",
  "endsWith",
  ...macros,
]);

/** Facts by variable, as CEL takes them: integers are bigint. A fact that is not known is absent. */
export type RuleFacts = Readonly<Record<string, Readonly<Record<string, FactValue>>>>;
export type FactValue = string | bigint | number | boolean | readonly string[] | readonly number[];

export type CompiledExpression =
  | {
      status: "compiled";
      /** `unknown`: a fact is missing, or the expression can't be evaluated over these. */
      evaluate(facts: RuleFacts): boolean | "unknown";
      /** The facts that it names, like `plan.costUsd`; `inputs` alone where it is not known which. */
      names: readonly string[];
      /** The texts that it compares with facts. */
      literals: readonly ComparedLiteral[];
    }
  | {
      status: "wrong";
      message: string;
      /** The character that it is about, from 1. */
      at: number;
    };

/** Reads and type-checks a CEL expression over the declared variables alone. Never throws. */
export function compileExpression(text: string): CompiledExpression {
  if (text.length > maxExpressionLength)
    return {
      status: "wrong",
      message: `longer than ${maxExpressionLength} characters`,
      at: maxExpressionLength,
    };
  const environment = declared();
  try {
    const checked = environment.check(text);
    if (!checked.valid) return wrong(checked.error);
    const program = environment.parse(text);
    const forbidden = findForbidden(program.ast, false);
    if (forbidden) return { status: "wrong", ...forbidden };
    if (String(checked.type) !== "bool")
      return { status: "wrong", message: `a rule is true or false, this is ${String(checked.type)}`, at: 1 };
    return {
      status: "compiled",
      names: [...new Set(namesIn(program.ast))],
      literals: comparedLiterals(program.ast),
      evaluate(facts) {
        try {
          const value: unknown = program(facts);
          return typeof value === "boolean" ? value : "unknown";
        } catch {
          return "unknown"; // whatever fails: the caller takes it for the stricter answer
        }
      },
    };
  } catch (error) {
    return wrong(error);
  }
}

function declared(): Environment {
  const environment = new Environment({
    limits: { maxAstNodes: 200, maxDepth: 24, maxListElements: 50, maxMapEntries: 0, maxCallArguments: 3 },
  });
  for (const [name, facts] of Object.entries(ruleVariables)) {
    const schema = Object.fromEntries(Object.entries(facts).map(([fact, { type }]) => [fact, type]));
    environment.registerVariable({ name, schema });
  }
  return environment.registerVariable("inputs", "map<string, dyn>");
}

function wrong(error: unknown): CompiledExpression {
  const { summary, message, range } = (error ?? {}) as {
    summary?: string;
    message?: string;
    range?: { start: number };
  };
  const said = summary ?? message?.split("\n")[0] ?? "it can't be read";
  return { status: "wrong", message: said, at: (range?.start ?? 0) + 1 };
}

/** Calls that are not on the list, loops inside loops, and questions whether a fact is missing: that is never somebody's advantage. */
function findForbidden(node: ASTNode, inLoop: boolean): { message: string; at: number } | undefined {
  const call = callOf(node);
  const at = node.start + 1;
  if (call?.name === "has") {
    const [asked] = call.args;
    if (asked?.op === "." && asked.args[0].op === "id" && asked.args[0].args === "inputs") return undefined;
    return { message: "has() is for inputs alone: has(inputs.order_id)", at };
  }
  if (call && !functions.has(call.name))
    return { message: `${call.name}() is not known here; known: ${[...functions, "has"].join(", ")}`, at };
  const isLoop = call !== undefined && macros.has(call.name);
  if (isLoop && inLoop) return { message: `${call.name}() stands inside another loop`, at };
  for (const child of childrenOf(node)) {
    const found = findForbidden(child, inLoop || isLoop);
    if (found) return found;
  }
  return undefined;
}

function callOf(node: ASTNode): { name: string; args: readonly ASTNode[] } | undefined {
  if (node.op === "call") return { name: node.args[0], args: node.args[1] };
  if (node.op === "rcall") return { name: node.args[0], args: node.args[2] };
  return undefined;
}

function namesIn(node: ASTNode): string[] {
  if (node.op === "." && node.args[0].op === "id") return [`${node.args[0].args}.${node.args[1]}`];
  if (node.op === "id") return node.args === "inputs" ? ["inputs"] : [];
  return childrenOf(node).flatMap(namesIn);
}
