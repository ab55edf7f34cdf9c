import { objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import { SlackError } from "../slack-error.ts";
import { elementsOf } from "../state-values.ts";
import { blockChecks } from "./blocks.ts";
import { array, byType, type Complaint } from "./schema.ts";
import { maxBlocks, mayStandOn, type Surface } from "./surfaces.ts";

/** Characters over all cells of one message, by table kind. */
const tableBudgets: Record<string, number> = { table: 10_000, data_table: 20_000 };
/** Characters over all markdown blocks of one message. */
const markdownBudget = 12_000;

/** Everything wrong with a message's `blocks`. */
export function validateMessageBlocks(blocks: unknown): Complaint[] {
  return validateBlocks(blocks, "message", "/blocks");
}

export function validateBlocks(blocks: unknown, surface: Surface, pointer: string): Complaint[] {
  const shape = array(byType(blockChecks), 0, maxBlocks[surface])(blocks, pointer);
  const list = objectsOf(blocks);
  return [
    ...shape,
    ...wrongSurface(list, surface, pointer),
    ...repeatedBlockIds(list, pointer),
    ...repeatedActionIds(list, pointer),
    ...overBudget(list, pointer),
  ];
}

/** Slack's answer: each complaint as `[ERROR] … [json-pointer:/…]`. */
export function complaintsToError(code: string, complaints: Complaint[]): SlackError {
  const messages = complaints.map(({ pointer, message }) => `[ERROR] ${message} [json-pointer:${pointer}]`);
  return new SlackError(code, {
    errors: messages.map((m) => m.replace("[ERROR] ", "")),
    response_metadata: { messages },
  });
}

function wrongSurface(blocks: JsonObject[], surface: Surface, pointer: string): Complaint[] {
  return blocks.flatMap((block, index) => {
    const type = textOf(block["type"]);
    return mayStandOn(type, surface)
      ? []
      : [{ pointer: `${pointer}/${index}/type`, message: `unsupported type: ${type} (not on a ${surface})` }];
  });
}

function repeatedBlockIds(blocks: JsonObject[], pointer: string): Complaint[] {
  const ids = blocks.map((block) => textOf(block["block_id"]));
  return ids.flatMap((id, index) =>
    id !== "" && ids.indexOf(id) < index
      ? [{ pointer: `${pointer}/${index}/block_id`, message: `block_id "${id}" already exists` }]
      : [],
  );
}

function repeatedActionIds(blocks: JsonObject[], pointer: string): Complaint[] {
  return blocks.flatMap((block, index) => {
    const ids = elementsOf([block]).map(({ actionId }) => actionId);
    return ids
      .filter((id, at) => id !== "" && ids.indexOf(id) < at)
      .map((id) => ({
        pointer: `${pointer}/${index}`,
        message: `action_id "${id}" already exists in this block`,
      }));
  });
}

function overBudget(blocks: JsonObject[], pointer: string): Complaint[] {
  const tables = Object.entries(tableBudgets).flatMap(([type, budget]) => {
    const used = sum(blocks.filter((block) => block["type"] === type).map(cellCharacters));
    return used > budget
      ? [{ pointer, message: `${type} cells must have less than ${budget + 1} characters in total` }]
      : [];
  });
  const markdown = sum(
    blocks.filter((block) => block["type"] === "markdown").map((b) => textOf(b["text"]).length),
  );
  return markdown > markdownBudget
    ? [
        ...tables,
        { pointer, message: `markdown must be less than ${markdownBudget + 1} characters in total` },
      ]
    : tables;
}

function cellCharacters(table: JsonObject): number {
  const rows = Array.isArray(table["rows"]) ? (table["rows"] as unknown[]) : [];
  return sum(rows.flatMap((row) => objectsOf(row).map(charactersIn)));
}

/** The characters a person can read in a cell, however deep. */
function charactersIn(node: JsonObject): number {
  const own =
    textOf(node["text"]).length || (typeof node["value"] === "number" ? String(node["value"]).length : 0);
  return own + sum(objectsOf(node["elements"]).map((child) => charactersIn(objectOf(child))));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
