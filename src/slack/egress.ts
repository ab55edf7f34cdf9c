import type { FetchFunction } from "@slack/web-api";

/** Something tried to reach a host that is not Slack's. */
class EgressRefused extends Error {
  override readonly name = "EgressRefused";
}

/**
 * Hosts that Slack traffic may reach: Slack's own over TLS, or, with another API URL, only that URL's origin.
 * A `response_url` or an upload URL comes from outside, so it is held to the same list as everything else.
 */
export function allowedOrigins(slackApiUrl: string | undefined): (url: URL) => boolean {
  if (slackApiUrl === undefined) {
    return ({ protocol, hostname, port }) =>
      protocol === "https:" && port === "" && (hostname === "slack.com" || hostname.endsWith(".slack.com"));
  }
  const { origin } = new URL(slackApiUrl);
  return (url) => url.origin === origin;
}

/**
 * `fetch` that reaches allowed hosts only and follows no redirect out of them; throws `EgressRefused` before
 * anything is sent. Headers are never shared between calls: web-api writes tokens into a shared headers object.
 */
export function guardedFetch(allowed: (url: URL) => boolean): FetchFunction {
  return async (target, init = {}) => {
    const url = new URL(target);
    if (!allowed(url))
      throw new EgressRefused(`No connection to ${url.host}: only Slack may be reached from here`);
    return fetch(url, { ...init, redirect: "error" });
  };
}
