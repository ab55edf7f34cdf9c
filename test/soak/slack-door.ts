import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import type { SlackPeer } from "../../src/sandbox/slack/start-slack.ts";
import { atTheDoor, type Speaker } from "./door.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { type Answer, type Incoming, listen, passOn, readAll } from "./http-door.ts";

export type SlackDoor = AsyncDisposable & {
  /** For the replica of this name: its tokens say who it is, since Slack's addresses must have one origin for all. */
  tokensFor(name: string): { botToken: string; appToken: string };
  apiUrl: string;
  /** Cuts the replica's sockets. */
  cut(name: string): void;
};

/** Everybody's way to Slack, also for what Slack hands out addresses for: uploads, response URLs, sockets. */
export async function slackDoor(options: {
  slack: SlackPeer;
  plan: FaultPlan;
  speakerOf: (name: string) => Speaker | undefined;
}): Promise<SlackDoor> {
  const { slack, plan, speakerOf } = options;
  const target = slack.url;
  const tickets = new Map<string, string>();
  const sockets = new Map<string, Set<Socket>>();

  const server = createServer((request, response) => {
    const handle = async () => {
      const incoming = await readAll(request);
      const method = /^\/api\/([\w.]+)/.exec(incoming.path)?.[1];
      if (method === undefined) {
        const answer = await passOn(target, incoming);
        return answer
          ? response.writeHead(answer.status, answer.headers).end(answer.body)
          : response.destroy();
      }
      const name = takeName(incoming);
      const speaker = speakerOf(name);
      if (!speaker) return response.destroy();
      const { passage, afterwards } = await atTheDoor(plan, `slack:${method}`, speaker);
      if (passage.instead === "error") return response.writeHead(503).end("as told");
      if (passage.instead === "throttle") {
        response.writeHead(429, { "retry-after": "1", "content-type": "application/json" });
        return response.end(JSON.stringify({ ok: false, error: "ratelimited" }));
      }
      const answer = passage.to ? await passOn(target, incoming) : undefined;
      afterwards();
      if (!answer || !passage.back || speaker.isDead()) return response.destroy();
      if (method === "apps.connections.open") noteTicket(answer, name);
      return response.writeHead(answer.status, answer.headers).end(answer.body);
    };
    handle().catch(() => response.destroy());
  });

  function noteTicket({ body }: Answer, name: string): void {
    const ticket = /ticket=([\w-]+)/.exec(body.toString("utf8"))?.[1];
    if (ticket !== undefined) tickets.set(ticket, name);
  }

  server.on("upgrade", (request, inner: Socket, head: Buffer) => {
    const name = tickets.get(new URL(request.url ?? "", target).searchParams.get("ticket") ?? "") ?? "";
    if (speakerOf(name)?.isDead() !== false) return void inner.destroy();
    const outer = connect(Number(new URL(target).port), "127.0.0.1");
    const lines = request.rawHeaders.flatMap((value, index) =>
      index % 2 === 0 ? [`${value}: ${request.rawHeaders[index + 1] ?? ""}`] : [],
    );
    outer.write(`GET ${request.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    outer.write(head);
    const mine = sockets.get(name) ?? new Set();
    sockets.set(name, mine);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      mine.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        mine.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });

  const cut = (name: string) => {
    for (const socket of sockets.get(name) ?? []) socket.destroy();
  };
  const listening = await listen(server);
  slack.workspace.baseUrl = listening.url;
  return {
    apiUrl: `${listening.url}/api/`,
    tokensFor: (name) => ({
      botToken: `${slack.botToken}${mark}${name}`,
      appToken: `${slack.appToken}${mark}${name}`,
    }),
    cut,
    async [Symbol.asyncDispose]() {
      for (const name of sockets.keys()) cut(name);
      await listening[Symbol.asyncDispose]();
    },
  };
}

const mark = "-of-";

/** Whose token it is; the token goes on as Slack gave it. */
function takeName(incoming: Incoming): string {
  const [token = "", name = ""] = (incoming.headers.authorization ?? "").split(mark);
  incoming.headers.authorization = token;
  return name;
}
