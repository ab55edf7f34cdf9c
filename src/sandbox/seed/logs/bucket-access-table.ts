import type { AthenaTable } from "../../aws/athena/table.ts";
import { bucketReads } from "../cloudtrail/bucket-reads.ts";
import { seededRandom } from "../random.ts";
import { dayOf } from "./log-days.ts";

const columns = [
  "bucketowner",
  "bucket_name",
  "requestdatetime",
  "remoteip",
  "requester",
  "requestid",
  "operation",
  "key",
  "request_uri",
  "httpstatus",
  "errorcode",
] as const;

/** `logs.s3_access_logs` of the sensitive bucket: 300 quiet requests, and those for the object that was taken. */
export function bucketAccessTable(now: Date): AthenaTable {
  const random = seededRandom(300);
  const { key, requesters, bucket } = bucketAccessFacts(now);
  const entry = (
    at: Date,
    requester: string,
    remoteip: string,
    object: string,
    isDenied: boolean,
    bytes: number,
  ) => ({
    bucketowner: "79a59df900b949e55d96a1e698fbaced",
    bucket_name: bucket,
    requestdatetime: accessLogTime(at),
    remoteip,
    requester,
    requestid: `REQ${random.between(1e8, 9e8)}`,
    operation: "REST.GET.OBJECT",
    key: object,
    request_uri: `GET /${object} HTTP/1.1`,
    httpstatus: isDenied ? "403" : "200",
    errorcode: isDenied ? "AccessDenied" : "-",
    bytessent: isDenied ? 243 : bytes,
    objectsize: 250_000,
    totaltime: "21",
    useragent: "aws-sdk-java/2.31.0",
    timestamp: dayOf(at),
  });
  const quiet = Array.from({ length: 300 }, (_, index) =>
    entry(
      new Date(now.getTime() - random.between(60, 47 * 3600) * 1000),
      "arn:aws:sts::111122223333:assumed-role/export-job/nightly",
      "198.51.100.20",
      `exports/orders-${String(index).padStart(3, "0")}.parquet`,
      false,
      10_000,
    ),
  );
  const taken = requesters.map(({ requester, ip, isDenied, at }) =>
    entry(at, requester, ip, key, isDenied, 250_000),
  );
  return {
    database: "logs",
    name: "s3_access_logs",
    columns: {
      ...Object.fromEntries(columns.map((name) => [name, "VARCHAR" as const])),
      bytessent: "BIGINT",
      objectsize: "BIGINT",
      totaltime: "VARCHAR",
      turnaroundtime: "VARCHAR",
      referrer: "VARCHAR",
      useragent: "VARCHAR",
      versionid: "VARCHAR",
      timestamp: "VARCHAR",
    },
    partitionColumns: ["timestamp"],
    bucket: "bucket-access-logs",
    prefix: "111122223333/eu-west-1/customer-exports/${timestamp}/",
    bytesPerRow: 100_000,
    rows: [...quiet, ...taken],
  };
}

/** The object that CloudTrail's data events show as taken; here with one reader and one who was refused. */
export function bucketAccessFacts(now: Date) {
  const { facts } = bucketReads(now);
  return {
    bucket: facts.bucket,
    key: facts.takenKey,
    requesters: [
      {
        requester: "arn:aws:sts::111122223333:assumed-role/sso-engineer/engineer-4",
        ip: "203.0.113.201",
        isDenied: false,
        at: new Date(facts.firstAt.getTime() + 77_000),
      },
      { requester: "-", ip: "192.0.2.99", isDenied: true, at: new Date(facts.firstAt.getTime() + 80_000) },
    ],
  };
}

/** `21/Nov/2026:04:00:00 +0000` */
function accessLogTime(at: Date): string {
  const [, day = "", month = "", year = "", time = ""] =
    /^\w+, (\d\d) (\w+) (\d+) ([\d:]+)/u.exec(at.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
