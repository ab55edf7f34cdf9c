import { setTimeout as wait } from "node:timers/promises";
import type * as z from "zod";
import { known, unavailable, type Asked, type Unavailable } from "./asked.ts";
import { readAtMost } from "./read-at-most.ts";
import { why } from "./sentences.ts";

export type Question<T> = {
  /** Who is asked, as people call it. */
  peer: string;
  /** The one origin that may be asked; the headers carry a token. */
  origin: string;
  /** Begins with `/`; its parts are encoded already. */
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string>>;
  schema: z.ZodType<T>;
  deadline: Deadline;
  /** Why, when the peer says 404. */
  notFound: string;
  /** Statuses that are answers to this question, and what they mean. */
  statusAnswers?: ReadonlyMap<number, T>;
};

/** One deadline for everything that makes up an answer. */
export type Deadline = { signal: AbortSignal; timeoutMs: number };

/** A page of a hundred on-calls has well under 200 KB. */
const maxAnswerBytes = 1024 * 1024;

/** A retry that must wait longer would come after the deadline anyway. */
const maxRetryAfterMs = 1_000;

export function deadlineIn(timeoutMs: number): Deadline {
  return { signal: AbortSignal.timeout(timeoutMs), timeoutMs };
}

/**
 * GET, once, and once more only when the peer (429 or 5xx) says that a second or less will cure it. Never throws, follows no
 * redirect, reads at most 1 MiB, sends nothing to another origin, and takes nothing from the answer but what the schema knows.
 */
export async function askJson<T>(question: Question<T>): Promise<Asked<T>> {
  const first = await askOnce(question);
  if (first.retryAfterMs === undefined) return first.asked;
  try {
    await wait(first.retryAfterMs, undefined, { signal: question.deadline.signal });
  } catch {
    return unavailable(why.late(question.peer, question.deadline.timeoutMs)); // the wait ends early for the deadline only
  }
  return (await askOnce(question)).asked;
}

type Attempt<T> = { asked: Asked<T>; retryAfterMs?: number };

async function askOnce<T>(question: Question<T>): Promise<Attempt<T>> {
  const { peer, origin, path, query, headers, deadline } = question;
  const url = new URL(`${path}?${query.toString()}`, origin);
  if (url.origin !== origin || url.pathname !== path) return { asked: unavailable(question.notFound) };
  let text: string | undefined;
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json", ...headers },
      redirect: "manual",
      signal: deadline.signal,
    });
    const refused = refusal(question, response);
    if (refused) {
      await response.body?.cancel();
      return refused;
    }
    text = await readAtMost(response, maxAnswerBytes);
  } catch {
    // The error's text could quote a header, so it goes nowhere.
    const late = deadline.signal.aborted;
    return { asked: unavailable(late ? why.late(peer, deadline.timeoutMs) : why.unreachable(peer)) };
  }
  return { asked: text === undefined ? unavailable(why.tooLarge(peer)) : checked(question, text) };
}

function refusal<T>(
  { peer, notFound, statusAnswers }: Question<T>,
  response: Response,
): Attempt<T> | undefined {
  const { status } = response;
  if (status === 200) return undefined;
  const meant = statusAnswers?.get(status);
  if (meant !== undefined) return { asked: known(meant) };
  if (status === 429) return { asked: unavailable(why.limited(peer)), ...retryAfter(response) };
  if (status >= 500) return { asked: unavailable(why.failing(peer, status)), ...retryAfter(response) };
  return { asked: unavailableFor(status) };

  function unavailableFor(code: number): Unavailable {
    if (code >= 300 && code < 400) return unavailable(why.redirected(peer));
    if (code === 401) return unavailable(why.tokenRefused(peer));
    if (code === 403) return unavailable(why.forbidden(peer));
    if (code === 404) return unavailable(notFound);
    return unavailable(why.unexpected(peer, code));
  }
}

/**
 * `Retry-After` in seconds (RFC 9110, 10.2.3; its form as a date is read as "later"), else PagerDuty's `ratelimit-reset`, which
 * it documents as the seconds until the limit is reset: https://support.pagerduty.com/main/docs/rest-api-rate-limits
 */
function retryAfter({ headers }: Response): { retryAfterMs?: number } {
  const seconds = headers.get("retry-after") ?? headers.get("ratelimit-reset") ?? "";
  const ms = /^\d{1,4}$/.test(seconds) ? Number(seconds) * 1000 : Infinity;
  return ms <= maxRetryAfterMs ? { retryAfterMs: ms } : {};
}

function checked<T>({ peer, schema }: Question<T>, text: string): Asked<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unavailable(why.notJson(peer));
  }
  try {
    const result = schema.safeParse(value);
    return result.success ? known(result.data) : unavailable(why.wrongShape(peer));
  } catch {
    return unavailable(why.wrongShape(peer)); // an answer nested deep enough exhausts a recursive schema's stack
  }
}
