import type { Instant } from "../../request/request.ts";
import type { PersonId } from "../../runbook/plan.ts";
import { inert } from "./inert.ts";

/**
 * Slack's mrkdwn, written by us. Only `markup` and the functions here make it, so text from elsewhere can't
 * become markup by accident: the type checker refuses a plain string.
 */
export type Markup = string & { readonly [made]: true };
declare const made: unique symbol;

/** Our own words with values in them; a value that is not markup itself is shown literally and inert. */
export function markup(words: TemplateStringsArray, ...values: (Markup | Literal | number)[]): Markup {
  return words.reduce((text, word, index) => `${text}${String(values[index - 1])}${word}`) as Markup;
}

/**
 * Reviewed text that is not ours (a runbook's title, a group's name), inert and escaped. What requesters and
 * approvers type never comes here: it stands in plain text, rich text or table cells.
 */
export type Literal = string & { readonly [escaped]: true };
declare const escaped: unique symbol;

export function literal(text: string): Literal {
  return inert(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;") as Literal;
}

export function joinMarkup(parts: readonly Markup[], separator: string): Markup {
  return parts.join(separator) as Markup;
}

export function mention(person: PersonId): Markup {
  return `<@${idOnly(person.userId)}>` as Markup;
}

export function channelMention(channel: string): Markup {
  return `<#${idOnly(channel)}>` as Markup;
}

/** Shown in the reader's own time zone; `fallback` is what a client that can't do so shows, UTC unless given. */
export function dateToken(instant: Instant, fallback = utc(instant)): Markup {
  const seconds = Math.floor(Date.parse(instant) / 1000);
  return `<!date^${seconds}^{date_short_pretty} {time}|${fallback.replaceAll(/[<>|^&]/g, " ")}>` as Markup;
}

/** `2026-11-21 02:10:03 UTC` */
export function utc(instant: Instant): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** An id as Slack makes them; whatever follows it is dropped, so that no token can be closed early. */
function idOnly(id: string): string {
  return /^[A-Z0-9]*/.exec(id)?.[0] ?? "";
}
