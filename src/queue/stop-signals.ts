import type { Redis } from "ioredis";

export function stopChannel(prefix: string): string {
  return `${prefix}:stop`;
}

/**
 * Hears on every replica that a request's grant ended, and fires the signals of its runs here. Best effort and
 * fast; the heartbeat learns the same from the store within seconds.
 */
export function listenForStops(
  subscriber: Redis,
  prefix: string,
): {
  signalFor(requestId: string): { signal: AbortSignal; [Symbol.dispose](): void };
  start(): Promise<void>;
} {
  const controllers = new Map<string, Set<AbortController>>();
  subscriber.on("message", (_channel: string, requestId: string) => {
    for (const controller of controllers.get(requestId) ?? []) controller.abort();
  });
  return {
    async start() {
      await subscriber.subscribe(stopChannel(prefix));
    },
    signalFor(requestId) {
      const controller = new AbortController();
      const mine = controllers.get(requestId) ?? new Set();
      controllers.set(requestId, mine.add(controller));
      return {
        signal: controller.signal,
        [Symbol.dispose]() {
          mine.delete(controller);
          if (mine.size === 0) controllers.delete(requestId);
        },
      };
    },
  };
}
