import { after, before } from "./moments.ts";
import { type TrailEvent, production } from "./trail-event.ts";
import { anonymous, type Identity, session } from "./trail-identities.ts";

const sensitiveBucket = "customer-exports";

/** The export job reads its own bucket, a person lists and takes 60 objects, somebody without credentials tries 5. */
export function bucketReads(now: Date) {
  const startsAt = before(now, { hours: 28 });
  const job = session(production, "export-job", "nightly");
  const person = session(production, "sso-engineer", "engineer-4");
  const readers = [
    {
      who: job,
      ip: "198.51.100.20",
      name: "GetObject",
      requests: 20,
      errors: 0,
      bytesEach: 10_000,
      keys: 20,
    },
    {
      who: person,
      ip: "203.0.113.201",
      name: "ListObjectsV2",
      requests: 3,
      errors: 0,
      bytesEach: 0,
      keys: 0,
    },
    {
      who: person,
      ip: "203.0.113.201",
      name: "GetObject",
      requests: 60,
      errors: 0,
      bytesEach: 250_000,
      keys: 60,
    },
    { who: anonymous, ip: "192.0.2.99", name: "GetObject", requests: 5, errors: 5, bytesEach: 0, keys: 5 },
  ];
  return {
    events: readers.flatMap((reader) =>
      Array.from({ length: reader.requests }, (_, index) =>
        read(after(startsAt, { seconds: index * 11 }), sensitiveBucket, reader, index),
      ),
    ),
    facts: {
      bucket: sensitiveBucket,
      firstAt: startsAt,
      readers: readers.map(({ who, ip, name, requests, errors, bytesEach, keys }) => ({
        principal: who.arn ?? "",
        ip,
        eventName: name,
        requests,
        errors,
        distinctKeys: keys,
        bytesOut: requests * bytesEach,
      })),
      /** Which the person took, for the bucket's own access log. */
      takenKey: "exports/customers-007.parquet",
    },
  };
}

export function read(
  at: Date,
  bucketName: string,
  reader: { who: Identity; ip: string; name: string; errors?: number; bytesEach: number; keys: number },
  index: number,
): TrailEvent {
  const key = `exports/customers-${String(index).padStart(3, "0")}.parquet`;
  const bucket = { arn: `arn:aws:s3:::${bucketName}`, type: "AWS::S3::Bucket" };
  return {
    at,
    source: "s3",
    name: reader.name,
    who: reader.who,
    ip: reader.ip,
    request: { bucketName, Host: `${bucketName}.s3.amazonaws.com`, ...(reader.keys > 0 && { key }) },
    additional: { bytesTransferredIn: 0, bytesTransferredOut: reader.bytesEach, "x-amz-id-2": "example" },
    readOnly: true,
    resources:
      reader.keys > 0
        ? [{ arn: `arn:aws:s3:::${bucketName}/${key}`, type: "AWS::S3::Object" }, bucket]
        : [bucket],
    isData: true,
    salt: String(index),
    ...(reader.errors !== undefined &&
      reader.errors > 0 && { error: ["AccessDenied", "Access Denied"] as const }),
  };
}
