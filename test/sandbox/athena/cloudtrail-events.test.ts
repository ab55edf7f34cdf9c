import { describe, expect, test } from "vitest";
import { cloudTrailEvents, cloudtrailFacts } from "../../../src/sandbox/seed/cloudtrail/cloudtrail-events.ts";
import { cloudTrailTable } from "../../../src/sandbox/seed/cloudtrail/cloudtrail-table.ts";

const moments = ["2026-11-21T04:37:00Z", "2026-03-01T00:00:00Z", "2026-12-31T23:59:59.999Z"].map(
  (at) => new Date(at),
);

describe.each(moments)("the events as of %s", (now) => {
  const events = cloudTrailEvents(now);
  const rows = cloudTrailTable(now).rows as Record<string, string>[];

  test("are ten thousand, each with an id of its own", () => {
    expect(events).toHaveLength(cloudtrailFacts(now).total);
    expect(new Set(rows.map(({ eventid }) => eventid)).size).toBe(events.length);
  });

  test("lie in the eight days before, in the partition of their day", () => {
    const oldest = now.getTime() - 8 * 24 * 60 * 60 * 1000;
    expect(events.filter(({ at }) => at.getTime() < oldest || at.getTime() > now.getTime())).toEqual([]);
    expect(rows.filter(({ day, eventtime }) => day !== eventtime?.slice(0, 10).replaceAll("-", "/"))).toEqual(
      [],
    );
  });

  test("are the same each time", () => {
    expect(cloudTrailTable(now).rows).toEqual(rows);
  });

  test("come from documentation addresses, private ones or services of AWS only", () => {
    const known = /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$|\.amazonaws\.com$/u;
    expect(events.filter(({ ip }) => !known.test(ip))).toEqual([]);
  });
});
