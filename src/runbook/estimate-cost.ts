/** What Athena asks for each terabyte scanned, in most Regions (aws.amazon.com/athena/pricing). */
const USD_PER_TERABYTE = 5;
const MEGABYTE = 1_000_000;
const MEGABYTES_IN_TERABYTE = 1_000_000;
const LEAST_MEGABYTES = 10;

/**
 * What AWS will charge for a query, in US dollars, at Athena's list price in most Regions: by the megabyte, at least
 * ten. Nothing read is taken for nothing charged, as for a reused result.
 */
export function estimateCostUsd(bytesScanned: number): number {
  if (bytesScanned === 0) return 0;
  const megabytes = Math.max(LEAST_MEGABYTES, Math.ceil(bytesScanned / MEGABYTE));
  return (megabytes * USD_PER_TERABYTE) / MEGABYTES_IN_TERABYTE;
}
