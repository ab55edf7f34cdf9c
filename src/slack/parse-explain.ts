/** Longer than what a form takes of most fields; the rest of a paste is not looked at. */
const maxLength = 3_000;

/** At most so many; no runbook has more parameters. */
const maxInputs = 50;

export type Inputs = Readonly<Record<string, string>>;

/**
 * Reads `order_id=O-1 status="IN WORK"`: a value ends where the next `name=` begins, or at its closing quote. Quotes of
 * phones are quotes; Slack's escapes of names and links become what was typed.
 */
export function parseInputs(text: string): Inputs {
  const typed = unescaped(text.slice(0, maxLength));
  const inputs: [string, string][] = [];
  const next = /(?:^|\s)([a-z][a-z0-9_]*)=/giy;
  let at = typed.search(/(?:^|\s)[a-z][a-z0-9_]*=/i);
  while (at >= 0 && inputs.length < maxInputs) {
    next.lastIndex = at;
    const name = next.exec(typed)?.[1];
    if (name === undefined) break;
    const { value, end } = readValue(typed, next.lastIndex);
    inputs.push([name.toLowerCase(), value]);
    const ahead = typed.slice(end).search(/(?:^|\s)[a-z][a-z0-9_]*=/i);
    at = ahead < 0 ? -1 : end + ahead;
  }
  return Object.fromEntries(inputs);
}

/** What stands before the first `name=`. */
export function beforeInputs(text: string): string {
  const at = text.search(/(?:^|\s)[a-z][a-z0-9_]*=/i);
  return at < 0 ? text : text.slice(0, at);
}

function readValue(typed: string, from: number): { value: string; end: number } {
  const quote = typed[from];
  if (quote === '"' || quote === "'") {
    const close = typed.indexOf(quote, from + 1);
    if (close > 0) return { value: typed.slice(from + 1, close), end: close + 1 };
  }
  const ahead = typed.slice(from).search(/\s[a-z][a-z0-9_]*=/i);
  const end = ahead < 0 ? typed.length : from + ahead;
  return { value: typed.slice(from, end).trim(), end };
}

function unescaped(text: string): string {
  return text
    .replaceAll(/<[@#!][^|>]*\|([^>]*)>/g, "$1")
    .replaceAll(/<(?:mailto:|https?:\/\/)[^|>]*\|([^>]*)>/g, "$1")
    .replaceAll(/<([^>]*)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(/[\u201C-\u201F]/g, '"')
    .replaceAll(/[\u2018-\u201B]/g, "'")
    .replaceAll(/[\u00A0\u2000-\u200A]/g, " ");
}
