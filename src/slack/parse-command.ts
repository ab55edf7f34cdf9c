import { nearestName } from "../workflow/nearest-name.ts";

/** What somebody meant by the text after `/jit`. */
export type ParsedCommand =
  /** Nothing typed: opens the picker. */
  | { kind: "bare" }
  | { kind: "help" }
  /** `runbook` is what stood first, `typed` all of it, both as names are written: lower case, words joined by `-`. */
  | { kind: "request"; runbook?: string; typed?: string }
  | { kind: "status" }
  | { kind: "end"; id?: string }
  | { kind: "runbooks"; search?: string }
  | { kind: "unknown"; typed: string; nearest?: CommandWord };

const commandWords = ["request", "status", "end", "runbooks", "help"] as const;
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
  "?": "help",
  "-h": "help",
  "-help": "help",
  "--help": "help",
  usage: "help",
};

/** A word of three letters is near to too many others. */
const synonymsToGuess = Object.keys(synonyms).filter((word) => /^[a-z]{4,}$/.test(word));

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
  if (word) return withArguments(word, rest);
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

function withArguments(word: CommandWord, rest: string[]): ParsedCommand {
  const [first] = rest;
  switch (word) {
    case "help":
    case "status":
      return { kind: word };
    case "request":
      return first === undefined
        ? { kind: "request" }
        : { kind: "request", runbook: asRunbookName([first]), typed: asRunbookName(rest) };
    case "end":
      return first === undefined ? { kind: "end" } : { kind: "end", id: first.replace(/^#/, "") };
    case "runbooks":
      return first === undefined
        ? { kind: "runbooks" }
        : { kind: "runbooks", search: clipped(rest.join(" ")) };
  }
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
