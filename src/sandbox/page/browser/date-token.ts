import type { Viewer } from "./text.ts";

/** Slack's date tokens (docs.slack.dev/messaging/formatting-message-text), in the viewer's zone. */
export function formatDate(seconds: number, format: string, { tz: zone, aheadMs }: Viewer): string {
  const now = Date.now() + aheadMs;
  const at = new Date(seconds * 1000);
  const say = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(at);
  const day = (month: "short" | "long", weekday?: "long") =>
    say({ day: "numeric", month, year: "numeric", ...(weekday ? { weekday } : {}) });
  const known: Record<string, () => string> = {
    date_num: () =>
      say({ year: "numeric", month: "2-digit", day: "2-digit" }).split("/").toReversed().join("-"),
    date_slash: () => say({ year: "numeric", month: "2-digit", day: "2-digit" }),
    date: () => day("long"),
    date_short: () => day("short"),
    date_long: () => day("long", "long"),
    date_pretty: () => relativeDay(at, now, zone) ?? day("long"),
    date_short_pretty: () => relativeDay(at, now, zone) ?? day("short"),
    date_long_pretty: () => relativeDay(at, now, zone) ?? day("long", "long"),
    time: () => say({ hour: "2-digit", minute: "2-digit" }),
    time_secs: () => say({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    ago: () => `${Math.max(0, Math.round((now - at.getTime()) / 60_000))} minutes ago`,
  };
  return format.replaceAll(/\{(\w+)\}/g, (whole, name: string) => known[name]?.() ?? whole);
}

/** “today”, “yesterday” or “tomorrow” where it is one of them in that zone. */
function relativeDay(at: Date, now: number, zone: string): string | undefined {
  const dayOf = (date: Date) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(date);
  const days: [number, string][] = [
    [0, "today"],
    [-1, "yesterday"],
    [1, "tomorrow"],
  ];
  return days.find(([off]) => dayOf(new Date(now + off * 86_400_000)) === dayOf(at))?.[1];
}
