import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Caller, Credential } from "./identities.ts";

export type SignedRequest = {
  method: string;
  /** Path and query as they stand in the request line. */
  target: string;
  /** Lower-case names, as `node:http` gives them. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
};

export type CredentialScope = { accessKeyId: string; date: string; region: string; service: string };

export type Verification =
  | { status: "verified"; caller: Caller }
  | { status: "refused"; refusal: Refusal; message: string };

/** Why a signature isn't taken; each service has its own names for these. */
export type Refusal = "missing" | "incomplete" | "unknown-key" | "mismatch" | "expired";

const maxSkewMs = 5 * 60_000;

/** What a request claims about its key, Region and service, before anything is verified. */
export function readScope(request: SignedRequest): CredentialScope | undefined {
  return parseAuthorization(request.headers["authorization"])?.scope;
}

/**
 * Verifies a Signature Version 4 header signature (IAM User Guide, "Create a signed AWS API request").
 * A signing time is good within five minutes of any of `clocks`: AWS's own and, while the sandbox's clock is
 * advanced, the machine's, because its clients still live by that one.
 */
export function verifySignature(
  request: SignedRequest,
  service: string,
  credentialOf: (accessKeyId: string) => Credential | undefined,
  clocks: { now: Date; machine: Date },
): Verification {
  const header = request.headers["authorization"];
  if (header === undefined) return refuse("missing", "Request is missing Authentication Token");
  const authorization = parseAuthorization(header);
  if (!authorization) return refuse("incomplete", incompleteMessage(header));
  const { scope, signedHeaders, signature } = authorization;

  const credential = credentialOf(scope.accessKeyId);
  const token = request.headers["x-amz-security-token"];
  if (!credential || credential.sessionToken !== token) {
    return refuse("unknown-key", "The security token included in the request is invalid.");
  }
  const signedAt = request.headers["x-amz-date"];
  if (signedAt === undefined || !signedAt.startsWith(scope.date)) {
    return refuse("mismatch", `Date in Credential scope does not match YYYYMMDD from '${signedAt}'.`);
  }
  if (scope.service !== service) {
    return refuse("mismatch", `Credential should be scoped to correct service: '${service}'.`);
  }
  const unsigned = mustBeSigned(request.headers).find((name) => !signedHeaders.includes(name));
  if (unsigned) return refuse("mismatch", `'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`);

  const expected = sign(request, scope, signedHeaders, signedAt, credential.secretAccessKey);
  if (!sameText(expected, signature)) {
    return refuse(
      "mismatch",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
  const { session } = credential.caller;
  if (session && session.expiresAt <= clocks.now) {
    return refuse("expired", "The security token included in the request is expired");
  }
  const skew = skewOf(signedAt, clocks);
  if (skew) return refuse("mismatch", skew);
  return { status: "verified", caller: credential.caller };
}

function refuse(refusal: Refusal, message: string): Verification {
  return { status: "refused", refusal, message };
}

const headerForm =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/u;

function parseAuthorization(header: string | undefined) {
  const parts = headerForm.exec(header ?? "");
  if (!parts) return undefined;
  const [, accessKeyId = "", date = "", region = "", service = "", signedHeaders = "", signature = ""] =
    parts;
  return {
    scope: { accessKeyId, date, region, service },
    signedHeaders: signedHeaders.split(";"),
    signature,
  };
}

function incompleteMessage(header: string): string {
  const missing = ["Credential", "Signature", "SignedHeaders"].filter((part) => !header.includes(`${part}=`));
  return (
    missing.map((part) => `Authorization header requires '${part}' parameter. `).join("") || "Bad header."
  );
}

/** The host and everything AWS acts on: a header that isn't signed could be changed on the way. */
function mustBeSigned(headers: SignedRequest["headers"]): string[] {
  return ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
}

function sign(
  request: SignedRequest,
  scope: CredentialScope,
  signedHeaders: readonly string[],
  signedAt: string,
  secretAccessKey: string,
): string {
  const credentialScope = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = [
    "AWS4-HMAC-SHA256",
    signedAt,
    credentialScope,
    sha256(canonicalRequest(request, signedHeaders)),
  ].join("\n");
  const key = [scope.date, scope.region, scope.service, "aws4_request"].reduce<Buffer>(
    (derived, part) => hmac(derived, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return hmac(key, toSign).toString("hex");
}

/** The payload's hash is computed, never taken from a header: a changed body changes the signature. */
function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const url = new URL(request.target, "http://gateway");
  const query = [...url.searchParams]
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
    .sort()
    .join("&");
  const path = url.pathname.split("/").map(uriEncode).join("/");
  const headers = signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? "").trim().replaceAll(/ +/gu, " ")}\n`,
  );
  return [request.method, path, query, headers.join(""), signedHeaders.join(";"), sha256(request.body)].join(
    "\n",
  );
}

function uriEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** SDKs look for "Signature expired" before they correct their clock and try again. */
function skewOf(signedAt: string, clocks: { now: Date; machine: Date }): string | undefined {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u.exec(signedAt) ?? [];
  const aheadMs = (clock: Date) => Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) - clock.getTime();
  if ([clocks.now, clocks.machine].some((clock) => Math.abs(aheadMs(clock)) <= maxSkewMs)) return undefined;
  const now = basic(clocks.now);
  const edge = (ms: number) => basic(new Date(clocks.now.getTime() + ms));
  return aheadMs(clocks.now) > 0
    ? `Signature not yet current: ${signedAt} is still later than ${edge(maxSkewMs)} (${now} + 5 min.)`
    : `Signature expired: ${signedAt} is now earlier than ${edge(-maxSkewMs)} (${now} - 5 min.)`;
}

function basic(time: Date): string {
  return time.toISOString().replaceAll(/[-:]|\.\d+/gu, "");
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function hmac(key: Buffer, content: string): Buffer {
  return createHmac("sha256", key).update(content).digest();
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
