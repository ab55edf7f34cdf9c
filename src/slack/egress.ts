import type { FetchFunction } from "@slack/web-api";

/** Something tried to reach a host that is not Slack's. */
class EgressRefused extends Error {
  override readonly name = "EgressRefused";
}

/** Slack's own, each with its subdomains: files and response URLs have hosts of their own. */
const slacksDomains = ["slack.com", "slack-gov.com"];

/**
 * Hosts that Slack traffic may reach: those of the domain of Slack's that the API URL names, over TLS, or, with another
 * API URL, only that URL's origin. A `response_url` or an upload URL comes from outside, so it is held to the same
 * list as everything else.
 */
export function allowedOrigins(slackApiUrl = "https://slack.com/api/"): (url: URL) => boolean {
  const api = new URL(slackApiUrl);
  const domain = slacksDomains.find((one) => isWithin(api, one));
  return domain === undefined ? (url) => url.origin === api.origin : (url) => isWithin(url, domain);
}

function isWithin({ protocol, hostname, port }: URL, domain: string): boolean {
  return protocol === "https:" && port === "" && (hostname === domain || hostname.endsWith(`.${domain}`));
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
