import type { Incident } from "../request/incident.ts";
import { nearestName } from "../workflow/nearest-name.ts";
import { beforeInputs, type Inputs, parseInputs } from "./parse-explain.ts";

/** What somebody meant by the text after `/jit`. */
export type ParsedCommand =
  /** Nothing typed: opens the picker. */
  | { kind: "bare" }
  | { kind: "help" }
  /** `runbook` is what stood first, `typed` all of it, both as names are written: lower case, words joined by `-`. */
  | { kind: "request"; runbook?: string; typed?: string }
  /** As with `request`, but of the runbook there is one name only. */
  | { kind: "break-glass"; runbook?: string }
  | { kind: "status" }
  | { kind: "end"; id?: string }
  | { kind: "runbooks"; search?: string }
  | { kind: "away"; asks: "list" }
  | { kind: "away"; asks: "unclear" }
  /** `delegate`: a Slack user id; the times are as typed, like `2026-12-01` or `2026-12-01 18:00`. */
  | { kind: "away"; asks: "delegate"; delegate: string; until: string; from?: string }
  | { kind: "back" }
  /** What was named: an incident as people name it in a request, or a channel; `close-here`: the one it was typed in. */
  | { kind: "incident"; asks: "close"; incident: Incident }
  | { kind: "incident"; asks: "close-here" | "unclear" }
  | { kind: "explain"; runbook?: string; inputs: Inputs }
  | { kind: "who"; runbook?: string }
  | { kind: "recipe"; asks: "list" | "request"; runbook?: string }
  | { kind: "unknown"; typed: string; nearest?: CommandWord };

export const commandWords = [
  "request",
  "status",
  "end",
  "runbooks",
  "break-glass",
  "help",
  "explain",
  "who",
  "away",
  "back",
  "incident",
  "recipe",
] as const;
export type CommandWord = (typeof commandWords)[number];

/** Other words that people use for the same. */
const synonyms: Readonly<Record<string, CommandWord>> = {
  ask: "request",
  new: "request",
  access: "request",
  mine: "status",
  list: "runbooks",
  runbook: "runbooks",
  search: "runbooks",
  find: "runbooks",
  stop: "end",
  revoke: "end",
  breakglass: "break-glass",
  break: "break-glass",
  emergency: "break-glass",
  "?": "help",
  "-h": "help",
  "-help": "help",
  "--help": "help",
  usage: "help",
  why: "explain",
  may: "explain",
  recipes: "recipe",
};

/** A word of three letters is near to too many others. */
const synonymsToGuess = Object.keys(synonyms).filter((word) => /^[a-z]{4,}$/.test(word));

/** Of an incident, as a request may carry it. */
const maxReference = 100;

/** Longer than any command that means something; the rest of a paste is not looked at. */
const maxLength = 500;

/**
 * Reads the text of a slash command as people type it on phones: any case, smart quotes, dashes of all lengths,
 * no-break spaces, and Slack's own escapes of names and links. Never fails: what it does not know is `unknown`.
 */
export function parseCommand(text: string): ParsedCommand {
  const words = plainText(text.slice(0, maxLength)).split(" ").filter(Boolean);
  const [first, ...rest] = words;
  if (first === undefined) return { kind: "bare" };
  const word = commandWord(first.toLowerCase());
  if (word === "explain") return explainOf(text);
  if (word) return withArguments(word, rest, text.slice(0, maxLength));
  const nearest = nearestName(first, [...commandWords, ...synonymsToGuess]);
  const typed = clipped(words.join(" "));
  return nearest === undefined
    ? { kind: "unknown", typed }
    : { kind: "unknown", typed, nearest: commandWord(nearest) ?? "help" };
}

/** As names of runbooks are written. */
export function asRunbookName(words: readonly string[]): string {
  return words
    .join("-")
    .toLowerCase()
    .replaceAll(/[_\s]+/g, "-");
}

function commandWord(word: string): CommandWord | undefined {
  if (Object.hasOwn(synonyms, word)) return synonyms[word];
  return commandWords.find((known) => known === word);
}

/** Inputs are read from the text as it was typed: its quotes and spaces mean something there. */
function explainOf(text: string): ParsedCommand {
  const [, ...words] = plainText(beforeInputs(text).slice(0, maxLength)).split(" ").filter(Boolean);
  const inputs = parseInputs(text);
  return words.length === 0
    ? { kind: "explain", inputs }
    : { kind: "explain", runbook: asRunbookName(words), inputs };
}

function withArguments(word: Exclude<CommandWord, "explain">, rest: string[], text: string): ParsedCommand {
  const [first] = rest;
  switch (word) {
    case "help":
    case "status":
    case "back":
      return { kind: word };
    case "away":
      return first === undefined ? { kind: "away", asks: "list" } : awayArguments(text);
    case "incident":
      return incidentArguments(rest, text);
    case "request":
      return first === undefined
        ? { kind: "request" }
        : { kind: "request", runbook: asRunbookName([first]), typed: asRunbookName(rest) };
    case "who":
      return first === undefined ? { kind: "who" } : { kind: "who", runbook: asRunbookName(rest) };
    case "break-glass": {
      // “break glass orders-by-id”
      const names = first?.toLowerCase() === "glass" ? rest.slice(1) : rest;
      return names.length === 0
        ? { kind: "break-glass" }
        : { kind: "break-glass", runbook: asRunbookName(names).slice(0, 100) };
    }
    case "recipe":
      return recipeArguments(rest);
    case "end":
      return first === undefined ? { kind: "end" } : { kind: "end", id: first.replace(/^#/, "") };
    case "runbooks":
      return first === undefined
        ? { kind: "runbooks" }
        : { kind: "runbooks", search: clipped(rest.join(" ")) };
  }
}

/** A channel is meant where Slack's own escape of one stands; anything else is a name as a request carries it. */
function incidentArguments([act, ...named]: string[], text: string): ParsedCommand {
  const reference = named.join(" ").slice(0, maxReference);
  if (act?.toLowerCase() !== "close" || reference === "") return { kind: "incident", asks: "unclear" };
  if (reference.toLowerCase() === "here") return { kind: "incident", asks: "close-here" };
  const channel = /<#([CG][A-Z0-9]{2,})(?:\|[^>]*)?>/.exec(text)?.[1];
  return { kind: "incident", asks: "close", incident: channel === undefined ? { reference } : { channel } };
}

/** `/jit recipe orders-by-id` is taken for `/jit recipe request orders-by-id`: the form is only opened by it. */
function recipeArguments(words: readonly string[]): ParsedCommand {
  const [first] = words;
  if (first === undefined || /^(?:list|mine|show)$/i.test(first)) return { kind: "recipe", asks: "list" };
  const names = commandWord(first.toLowerCase()) === "request" ? words.slice(1) : words;
  return {
    kind: "recipe",
    asks: "request",
    ...(names.length > 0 ? { runbook: asRunbookName(names).slice(0, 100) } : {}),
  };
}

/** Who is meant stands in Slack's own escape alone: a name that was only typed could be anybody's. */
function awayArguments(text: string): ParsedCommand {
  const delegates = [...text.matchAll(/<@([UW][A-Z0-9]{2,})(?:\|[^>]*)?>/g)].map(([, id]) => id);
  const words = plainText(text.replaceAll(/<@[^>]*>/g, " "));
  const until = timeAfter("until", words);
  const from = timeAfter("from", words);
  const isUnclear = delegates.length !== 1 || (from === undefined && /\bfrom\b/i.test(words));
  const [delegate] = delegates;
  if (isUnclear || delegate === undefined || until === undefined) return { kind: "away", asks: "unclear" };
  return { kind: "away", asks: "delegate", delegate, until, ...(from === undefined ? {} : { from }) };
}

function timeAfter(word: string, text: string): string | undefined {
  return new RegExp(`\\b${word} (\\d{4}-\\d{2}-\\d{2}(?:[ T]\\d{2}:\\d{2})?)(?= |$)`, "i").exec(text)?.[1];
}

function plainText(text: string): string {
  return text
    .replaceAll(/<[@#!][^|>]*\|([^>]*)>/g, "$1")
    .replaceAll(/<(?:mailto:|https?:\/\/)[^|>]*\|([^>]*)>/g, "$1")
    .replaceAll(/<([^>]*)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(/[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/g, "-")
    .replaceAll(/["'`\u2018-\u201F\u00AB\u00BB\u2032\u2033]/g, "")
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => (/\s/.test(character) ? " " : ""))
    .replaceAll(/[\s\p{Z}]+/gu, " ")
    .trim();
}

function clipped(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
