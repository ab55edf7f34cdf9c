/** `s3://bucket/some/key` in its two parts; an empty key for a bucket alone. */
export function s3Location(location: string): { bucket: string; key: string } {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/?(.*)$/u.exec(location) ?? [];
  return { bucket, key };
}
