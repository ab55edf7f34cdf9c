/** `YYYY/MM/DD` in UTC: what a date partition is called. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10).replaceAll("-", "/");
}

export function hoursBefore(now: Date, hours: number): Date {
  return new Date(Math.floor(now.getTime() / 1000) * 1000 - hours * 3_600_000);
}
