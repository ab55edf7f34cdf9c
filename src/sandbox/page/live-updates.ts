import type { ServerResponse } from "node:http";
import type { Sandbox } from "../start-sandbox.ts";
import type { LiveChange } from "./page-api.ts";

type Topic = LiveChange["changed"][number];

/** Changes of one moment go out together. */
const gatherMs = 40;
/** The call log can be asked, not listened to. */
const lookAtAwsMs = 250;

export type LiveUpdates = AsyncDisposable & {
  /** Sends every change from now on, as Server-Sent Events, until the reader goes. */
  stream: (response: ServerResponse) => void;
  tell: (topic: Topic) => void;
};

/** Tells every open tab that something changed; what it is, the tab asks for. */
export function liveUpdates({ slack, aws }: Pick<Sandbox, "slack" | "aws">): LiveUpdates {
  const readers = new Set<ServerResponse>();
  const changed = new Set<Topic>();
  let gathering: NodeJS.Timeout | undefined;
  let lastCall = aws.calls.query().at(-1)?.id ?? 0;

  function tell(topic: Topic): void {
    if (readers.size === 0) return;
    changed.add(topic);
    gathering ??= setTimeout(send, gatherMs);
  }
  function send(): void {
    gathering = undefined;
    const line = `data: ${JSON.stringify({ changed: [...changed] } satisfies LiveChange)}\n\n`;
    changed.clear();
    for (const reader of readers) reader.write(line);
  }
  const unsubscribe = slack.workspace.changes.subscribe(() => tell("slack"));
  const looking = setInterval(() => {
    if (readers.size === 0) return;
    const latest = aws.calls.query({ after: lastCall }).at(-1)?.id;
    if (latest === undefined) return;
    lastCall = latest;
    tell("aws");
  }, lookAtAwsMs);

  return {
    tell,
    stream(response) {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": open\n\n");
      readers.add(response);
      response.on("close", () => readers.delete(response));
    },
    async [Symbol.asyncDispose]() {
      unsubscribe();
      clearInterval(looking);
      clearTimeout(gathering);
      for (const reader of readers) reader.end();
    },
  };
}
