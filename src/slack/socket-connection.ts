import { setTimeout as wait } from "node:timers/promises";
import type { SocketModeClient } from "@slack/socket-mode";
import { type Patience, untilReachable } from "./until-reachable.ts";

/** From the request for a URL to Slack's hello. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that lived shorter was not a good one: the next attempt waits a little. */
const GOOD_LIFE_MS = 2_000;
/** Slack may leave a close frame unanswered; then the socket is cut. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Keeps one Socket Mode connection, again at once whenever Slack ends it (about hourly). The library's own
 * reconnecting is off: it is deaf for 5 s each time (socket-mode 3.1.0) and its failed attempt is an unhandled
 * rejection, which would end the process while Slack is down.
 */
export async function keepConnected(
  client: SocketModeClient,
  options: Patience & { onChange: (isConnected: boolean) => void },
): Promise<void> {
  const { signal, onChange, log } = options;
  while (!signal.aborted) {
    const closed = Promise.withResolvers<void>();
    const onClosed = () => closed.resolve();
    await untilReachable("open a Socket Mode connection", options, () => connect(client));
    client.once("disconnected", onClosed);
    signal.addEventListener("abort", onClosed, { once: true });
    const since = Date.now();
    onChange(true);
    log.info("Connected to Slack", { transport: "socket" });
    await closed.promise;
    onChange(false);
    signal.removeEventListener("abort", onClosed);
    client.removeListener("disconnected", onClosed);
    if (signal.aborted) return;
    log.info("Slack closed the connection; opening another", { livedMs: Date.now() - since });
    if (Date.now() - since < GOOD_LIFE_MS) await wait(500, undefined, { signal }).catch(() => {});
  }
}

/** Closes for good; resolves when nothing of the socket is left. */
export async function disconnect(client: SocketModeClient): Promise<void> {
  const closing = client.disconnect();
  const cut = new AbortController();
  const forced = wait(CLOSE_TIMEOUT_MS, undefined, { signal: cut.signal }).then(
    () => client.disconnect(),
    () => {},
  );
  await closing;
  cut.abort();
  await forced;
}

async function connect(client: SocketModeClient): Promise<void> {
  const connecting = client.start();
  const inTime = new AbortController();
  const timeout = wait(CONNECT_TIMEOUT_MS, undefined, { signal: inTime.signal }).then(
    async () => {
      await disconnect(client);
      throw new Error(`no hello within ${CONNECT_TIMEOUT_MS} ms`);
    },
    () => {},
  );
  try {
    await Promise.race([connecting, timeout.then(() => connecting)]);
  } finally {
    inTime.abort();
    // Whichever came second has nobody waiting for it.
    await Promise.allSettled([timeout]);
  }
}
