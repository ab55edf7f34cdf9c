import { ConfigError } from "../errors.ts";

/** How the deployment reaches a provider of on-call schedules. */
export type ProviderAccess = {
  /** PagerDuty: a read-only REST API key. Opsgenie: the key of an API integration with read access. */
  token: string;
  /** Which of the provider's service regions the account lives in; `us` unless told. */
  region?: "us" | "eu";
  /** Another origin, e.g. a local peer or a proxy of the deployment's: https, or http on loopback. */
  endpoint?: string;
  /** For the whole answer, all pages and the retry included. */
  timeoutMs?: number;
};

export type Provider = {
  /** As people call it. */
  name: string;
  origins: Readonly<Record<"us" | "eu", string>>;
};

/** A card is waiting: longer than this helps nobody. */
export const answerTimeoutMs = 2_000;

/**
 * The one origin that this provider's token may be sent to.
 *
 * @throws ConfigError for an endpoint that is not TLS (but loopback) or a token that no header can carry; never with the token.
 */
export function originOf({ name, origins }: Provider, access: ProviderAccess): string {
  const mistakes: string[] = [];
  if (!/^[\x21-\x7e]{1,512}$/.test(access.token))
    mistakes.push(`The ${name} token must be 1 to 512 visible ASCII characters.`);
  const { endpoint } = access;
  const origin = endpoint === undefined ? origins[access.region ?? "us"] : safeOrigin(endpoint);
  if (origin === undefined)
    mistakes.push(`The ${name} endpoint must be an https origin without a path, or http on loopback.`);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return origin ?? "";
}

function safeOrigin(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const { origin, protocol, hostname, pathname, search, hash, username, password } = new URL(endpoint);
  if (pathname !== "/" || [search, hash, username, password].some((part) => part !== "")) return undefined;
  if (protocol === "https:") return origin;
  return protocol === "http:" && isLoopback(hostname) ? origin : undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
