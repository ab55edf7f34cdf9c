/**
 * What came of asking somebody outside. `unavailable` always means no: nothing may open because of it. `why` is a
 * clause for the card, e.g. `PagerDuty did not answer within 2 s`: without a full stop, without a secret and without
 * any text of the peer's.
 */
export type Asked<T> = { status: "known"; value: T } | Unavailable;

export type Unavailable = { status: "unavailable"; why: string };

export function known<T>(value: T): Asked<T> {
  return { status: "known", value };
}

export function unavailable(why: string): Unavailable {
  return { status: "unavailable", why };
}
