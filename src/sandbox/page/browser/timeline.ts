import type { AuditEvent } from "../../../request/audit-event.ts";
import { h, svg } from "./dom.ts";

const rowHeight = 24;
const lanes = ["waiting", "grant", "run", "session"] as const;
type Lane = (typeof lanes)[number];
type Bar = { lane: Lane; from: number; to: number; open: boolean };

const laneWidth = 16;
const left = 10;

/**
 * The request's way: one row per event, and beside the rows, how long it waited, was granted, ran and held a session.
 * Rows are steps, not time: a wait of an hour is no longer than a run of a second.
 */
export function timeline(events: readonly AuditEvent[]): HTMLElement {
  const start = Date.parse(events[0]?.at ?? "");
  const height = events.length * rowHeight + 18;
  const x = (lane: Lane) => left + lanes.indexOf(lane) * laneWidth;
  const y = (row: number) => row * rowHeight + 30;
  const picture = svg(
    "svg",
    {
      viewBox: `0 0 360 ${height}`,
      role: "img",
      "aria-label": `Timeline of ${events.length} events`,
      class: "timeline",
    },
    lanes.map((lane) =>
      svg("text", { x: x(lane), y: 10, class: `lane ${lane}` }, lane.slice(0, 1).toUpperCase()),
    ),
    bars(events).map(({ lane, from, to, open }) =>
      svg("line", {
        x1: x(lane),
        x2: x(lane),
        y1: y(from) - 4,
        y2: y(to) - 4 + (open ? rowHeight / 2 : 0),
        class: `bar ${lane}${open ? " open" : ""}`,
      }),
    ),
    events.flatMap((event, row) => [
      svg("circle", { cx: x(laneOf(event)), cy: y(row) - 4, r: 4, class: `dot ${laneOf(event)}` }),
      svg("text", { x: left + lanes.length * laneWidth, y: y(row), class: "event" }, event.fact.type),
      svg("text", { x: 352, y: y(row), class: "after" }, after(Date.parse(event.at) - start)),
    ]),
  );
  return h(
    "figure",
    {},
    picture,
    h("figcaption", {}, "W waiting, G grant, R run, S session; rows are steps, times count from the first."),
  );
}

function laneOf({ fact }: AuditEvent): Lane {
  if (/^(run|query|result)\./.test(fact.type)) return "run";
  if (fact.type.startsWith("lease.")) return "session";
  return /^(request\.approved|revocation\.|access\.)/.test(fact.type) ? "grant" : "waiting";
}

function bars(events: readonly AuditEvent[]): Bar[] {
  const pairs: [Lane, RegExp, RegExp][] = [
    ["waiting", /^request\.submitted$/, /^request\.(approved|denied|cancelled|lapsed)$/],
    ["grant", /^request\.approved$/, /^access\.revoked$/],
    ["run", /^run\.started$/, /^run\.(succeeded|failed|stopped|unknown)$/],
    ["session", /^lease\.issued$/, /^lease\.ended$/],
  ];
  return pairs.flatMap(([lane, begins, ends]) =>
    events.flatMap(({ fact }, from) => {
      if (!begins.test(fact.type)) return [];
      const to = events.findIndex((event, row) => row > from && ends.test(event.fact.type));
      return [{ lane, from, to: to < 0 ? events.length - 1 : to, open: to < 0 }];
    }),
  );
}

function after(ms: number): string {
  if (ms < 1_000) return `+${ms} ms`;
  return ms < 120_000 ? `+${(ms / 1000).toFixed(1)} s` : `+${Math.round(ms / 60_000)} min`;
}
