import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { listenOnLoopback } from "../aws/listen.ts";

/** What a peer does instead of answering. */
export type Trouble =
  /** Answers rightly, but only after this. */
  | { kind: "slow"; delayMs: number }
  /** Sends a beginning and never the rest. */
  | { kind: "endless" }
  /** Drops the connection. */
  | { kind: "down" }
  | { kind: "status"; status: number; headers?: Record<string, string> }
  /** 200 with this text, e.g. a proxy's page. */
  | { kind: "text"; text: string }
  | { kind: "huge"; bytes: number }
  | { kind: "redirect"; to: string };

/** A provider's HTTP API on loopback, of the documented shape and with made-up people. */
export type ProviderPeer = AsyncDisposable & {
  url: string;
  /** Every question so far, without its token. */
  questions: readonly PeerQuestion[];
  /** The next `times` questions meet this; all of them unless told. */
  trouble(trouble: Trouble, times?: number): void;
  heal(): void;
};

export type PeerQuestion = { path: string; query: URLSearchParams; accept: string };

export type PeerAnswer = { status: number; body: unknown };

/** Starts a peer on a random port. `answer` gets every question whose `authorization` is right; others get `refuse()`. */
export async function startProviderPeer(options: {
  authorization: string;
  refuse: () => PeerAnswer;
  answer: (question: PeerQuestion) => PeerAnswer;
}): Promise<ProviderPeer> {
  const questions: PeerQuestion[] = [];
  const ended = new AbortController();
  let current: { trouble: Trouble; times: number } | undefined;

  const server = createServer((request, response) => {
    const question = readQuestion(request);
    questions.push(question);
    const trouble = current?.trouble;
    if (current && (current.times -= 1) <= 0) current = undefined;
    const authorized = request.headers.authorization === options.authorization;
    const answer = () => send(response, authorized ? options.answer(question) : options.refuse());
    if (trouble) void misbehave(trouble, response, answer, ended.signal);
    else answer();
  });
  const listening = await listenOnLoopback(server);
  return {
    url: listening.url,
    questions,
    trouble(trouble, times = Infinity) {
      current = { trouble, times };
    },
    heal() {
      current = undefined;
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await listening[Symbol.asyncDispose]();
    },
  };
}

function readQuestion(request: IncomingMessage): PeerQuestion {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  return { path: pathname, query: searchParams, accept: request.headers.accept ?? "" };
}

async function misbehave(
  trouble: Trouble,
  response: ServerResponse,
  answer: () => void,
  ended: AbortSignal,
): Promise<void> {
  switch (trouble.kind) {
    case "slow":
      await wait(trouble.delayMs, undefined, { signal: ended }).catch(() => {}); // only the peer's end cuts it short
      return ended.aborted ? undefined : answer();
    case "endless":
      response.writeHead(200, { "content-type": "application/json" }).write('{"');
      return undefined;
    case "down":
      response.destroy();
      return undefined;
    case "status":
      response.writeHead(trouble.status, trouble.headers).end();
      return undefined;
    case "text":
      response.writeHead(200, { "content-type": "application/json" }).end(trouble.text);
      return undefined;
    case "huge":
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify("x".repeat(trouble.bytes)));
      return undefined;
    case "redirect":
      response.writeHead(302, { location: trouble.to }).end();
      return undefined;
  }
}

function send(response: ServerResponse, { status, body }: PeerAnswer): void {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
