type Span = { hours?: number; minutes?: number; seconds?: number };

/** Whole seconds, as CloudTrail has them. */
export function before(now: Date, span: Span): Date {
  return after(now, { seconds: -seconds(span) });
}

export function after(start: Date, span: Span): Date {
  return new Date(Math.floor(start.getTime() / 1000) * 1000 + seconds(span) * 1000);
}

function seconds({ hours = 0, minutes = 0, seconds: rest = 0 }: Span): number {
  return hours * 3600 + minutes * 60 + rest;
}
