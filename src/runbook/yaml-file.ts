import { LineCounter, isCollection, isMap, isPair, isScalar, isSeq, parseDocument, visit } from "yaml";
import type { Document, Node, YAMLWarning } from "yaml";
import type * as z from "zod";
import type { Problem } from "../errors.ts";
import { schemaFindings } from "./schema-findings.ts";

export type Path = readonly PropertyKey[];

export type YamlFile<T> = ReadYamlFile<T> | { status: "refused"; problems: Problem[] };
export type ReadYamlFile<T> = { status: "read"; value: T; problemAt: ProblemAt };

/** Makes a problem that points at the line of the value at `path`, or of its nearest ancestor that exists. */
type ProblemAt = (path: Path, message: string, details?: { expected?: string; received?: string }) => Problem;

/** A runbook is read by people; one this large is a mistake or an attack. */
export const maxFileBytes = 256 * 1024;

/** Runbooks need seven levels; deeper ones only cost stack. */
const maxDepth = 32;

/** More than these nobody reads; the rest shows after the first are cured. */
const maxProblems = 50;

/**
 * Reads YAML 1.2 (core schema: dates stay text) and checks it against a schema; collects every problem with its line.
 * Refused as such: not UTF-8, too large, anchors and aliases, tags, merge keys, duplicate or odd keys, several documents.
 */
export function readYamlFile<T>(file: string, bytes: Uint8Array, schema: z.ZodType<T>): YamlFile<T> {
  const whole = (message: string): YamlFile<T> => ({ status: "refused", problems: [{ file, message }] });
  if (bytes.byteLength > maxFileBytes) return whole(`the file is larger than ${maxFileBytes / 1024} KB`);
  const text = decodeUtf8(bytes);
  if (text === undefined) return whole("the file is not UTF-8 text");

  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    stringKeys: true,
    version: "1.2",
    merge: false,
  });
  const problemAt = problemMaker(file, document, lines);
  const syntax = syntaxProblems(file, text, document, lines);
  if (syntax.length > 0) return { status: "refused", problems: syntax.slice(0, maxProblems) };
  if (document.contents === null) return whole("the file is empty");

  const value: unknown = document.toJS();
  const checked = schema.safeParse(value, { error: () => "" });
  if (checked.success) return { status: "read", value: checked.data, problemAt };
  const problems = schemaFindings(checked.error, value).map(({ path, message, ...details }) =>
    problemAt(path, message, details),
  );
  return { status: "refused", problems: problems.slice(0, maxProblems) };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined; // the decoder's only failure is a byte that is not UTF-8
  }
}

/** What YAML itself refuses, then what we refuse of YAML. */
function syntaxProblems(
  file: string,
  text: string,
  document: Document.Parsed,
  lines: LineCounter,
): Problem[] {
  const at = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, message };
  };
  // What comes after the first mistake is read as something else than was meant.
  const [first] = [...document.errors, ...document.warnings];
  if (first) return [at(first.pos[0], mistake(first, text))];

  const problems: Problem[] = [];
  visit(document, {
    Node(_, node, parents) {
      const offset = node.range?.[0] ?? 0;
      if (parents.filter(isCollection).length > maxDepth) {
        problems.push(at(offset, `nested deeper than ${maxDepth} levels`));
        return visit.BREAK;
      }
      if (node.tag !== undefined) problems.push(at(offset, `tags like ${node.tag} are not allowed`));
      if (isAnchored(node))
        problems.push(at(offset, "anchors and aliases are not allowed; write the value out"));
      return undefined;
    },
    Alias(_, node) {
      const message =
        "anchors and aliases are not allowed; write the value out, and a text that begins with * in quotes";
      problems.push(at(node.range?.[0] ?? 0, message));
    },
    Pair(_, pair) {
      const key = isScalar(pair.key) ? pair.key : undefined;
      // Objects treat this key specially, so a check could miss what stands under it.
      if (key?.value === "__proto__")
        problems.push(at(key.range?.[0] ?? 0, "the key __proto__ is not allowed"));
    },
  });
  return problems;
}

function isAnchored(node: Node): boolean {
  return "anchor" in node && typeof node.anchor === "string";
}

/** In our words where we know what was meant. */
function mistake(
  { code, message, pos }: Document.Parsed["errors"][number] | YAMLWarning,
  text: string,
): string {
  if (code === "DUPLICATE_KEY") {
    const key = /^[^\s:,{}]+/.exec(text.slice(pos[0]))?.[0] ?? "";
    return `the key ${key} stands here twice; keep one`;
  }
  if (code === "BAD_ALIAS") return 'a text that begins with * is written in quotes, like "*"';
  return firstLine(message);
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:?$/, "");
}

function problemMaker(file: string, document: Document.Parsed, lines: LineCounter): ProblemAt {
  return (path, message, details = {}) => {
    const { line, col } = lines.linePos(offsetOf(document, path));
    return { file, line, column: col, ...(path.length > 0 && { path: pathText(path) }), message, ...details };
  };
}

/** Where the key or item at `path` begins; a missing one is looked for at its parent. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of path) {
    const found = child(node, part);
    if (!found) break;
    offset = found.offset;
    node = found.node;
  }
  return offset;
}

function child(node: unknown, part: PropertyKey): { node: unknown; offset: number } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
    if (!isPair(pair) || !isScalar(pair.key)) return undefined;
    return { node: pair.value, offset: pair.key.range?.[0] ?? 0 };
  }
  if (isSeq(node) && typeof part === "number") {
    const item = node.items[part] as Node | undefined;
    return item && { node: item, offset: item.range?.[0] ?? 0 };
  }
  return undefined;
}

function pathText(path: Path): string {
  return path
    .map((part, at) => (typeof part === "number" ? `[${part}]` : `${at > 0 ? "." : ""}${String(part)}`))
    .join("");
}
