import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { verifySlackRequest } from "@slack/bolt";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { startSlack, type SlackPeer } from "../../../src/sandbox/slack/start-slack.ts";
import { boltOverHttp, boltOverSockets, webClient } from "./bolt-app.ts";

type Taken = { headers: IncomingMessage["headers"]; body: string };

/** A bare app behind HTTP that answers as it is told. */
async function httpApp(
  slack: SlackPeer,
  answer: (taken: Taken) => { status: number; body?: string } | undefined,
) {
  const taken: Taken[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString() };
      taken.push(one);
      const given = answer(one);
      if (given) response.writeHead(given.status).end(given.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  slack.setRequestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  return {
    taken,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** A bare Socket Mode connection: what it received, and what it answers with. */
async function socketApp(slack: SlackPeer, answers: boolean) {
  const { url = "" } = await webClient(slack, slack.appToken).apps.connections.open({});
  const frames: Record<string, unknown>[] = [];
  const socket = new WebSocket(url);
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  await new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Record<string, unknown>;
      frames.push(frame);
      if (frame["type"] === "hello" || frame["type"] === "disconnect") resolve();
      else if (answers) socket.send(JSON.stringify({ envelope_id: frame["envelope_id"], payload: {} }));
    });
  });
  return {
    frames,
    payloads: () => frames.filter((frame) => frame["envelope_id"] !== undefined),
    closed,
    async [Symbol.asyncDispose]() {
      socket.close();
      await closed;
    },
  };
}

const command = (slack: SlackPeer) => slack.as("oncall").command("/jit", { channel: "C0INCIDENTS" });

test("an app that does not answer within its time shows operation_timeout to the person", async () => {
  await using slack = await startSlack({ ackTimeoutMs: 30 });
  await using _ = await socketApp(slack, false);
  const typed = await command(slack);
  expect(typed).toMatchObject({
    status: "error",
    shown: '/jit failed with the error "operation_timeout"',
    ack: { status: "timeout" },
  });
});

test("an app without a connection shows dispatch_failed to the person", async () => {
  await using slack = await startSlack();
  expect(await command(slack)).toMatchObject({
    status: "error",
    shown: '/jit failed with the error "dispatch_failed"',
    ack: { status: "failed", reason: "no connection" },
  });
});

test("each payload goes to one random connection", async () => {
  await using slack = await startSlack();
  await using one = await socketApp(slack, true);
  await using two = await socketApp(slack, true);
  expect(two.frames[0]).toMatchObject({
    type: "hello",
    num_connections: 2,
    connection_info: { app_id: "A0JIT" },
  });
  for (let i = 0; i < 40; i += 1) await command(slack);
  expect(one.payloads().length + two.payloads().length).toBe(40);
  expect(one.payloads().length).toBeGreaterThan(0);
  expect(two.payloads().length).toBeGreaterThan(0);
});

test("an eleventh connection is sent away", async () => {
  await using slack = await startSlack();
  const opened = await Promise.all(Array.from({ length: 10 }, () => socketApp(slack, true)));
  await using eleventh = await socketApp(slack, true);
  expect(eleventh.frames[0]).toMatchObject({ type: "disconnect", reason: "too_many_websockets" });
  await Promise.all(opened.map((app) => app[Symbol.asyncDispose]()));
});

test("a socket URL opens one connection", async () => {
  await using slack = await startSlack();
  const { url = "" } = await webClient(slack, slack.appToken).apps.connections.open({});
  const open = (target: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(target);
      socket.once("open", () => {
        socket.close();
        resolve("open");
      });
      socket.once("error", (error) => resolve(error.message));
    });
  expect(await open(url)).toBe("open");
  expect(await open(url)).toContain("403");
});

test("Bolt comes back after refresh_requested and after a cut", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, (app) => {
    app.command("/jit", ({ ack }) => ack());
  });
  slack.faults.refreshSockets();
  await slack.waitForConnections();
  expect((await command(slack)).status).toBe("ok");
  slack.faults.cutSockets();
  await slack.until(() => (slack.record.entries.at(-1)?.kind === "socket" ? true : undefined));
  await slack.waitForConnections();
  expect((await command(slack)).status).toBe("ok");
});

test("an interaction can be delivered three times", async () => {
  await using slack = await startSlack();
  await using app = await socketApp(slack, true);
  slack.faults.duplicateNext({ extra: 2 });
  await command(slack);
  await command(slack);
  const payloads = app.payloads().map((frame) => JSON.stringify(frame["payload"]));
  expect(payloads).toHaveLength(4);
  expect(new Set(payloads.slice(0, 3)).size).toBe(1);
  expect(new Set(payloads).size).toBe(2);
});

test("an event that nobody acknowledges comes again, three times at most", async () => {
  await using slack = await startSlack({ transport: "http", eventRetryDelaysMs: [0, 1, 2] });
  await using app = await httpApp(slack, () => ({ status: 500 }));
  await slack.as("lead").openHome();
  await slack.until(() => (slack.record.deliveries("app_home_opened").length === 4 ? true : undefined));
  expect(app.taken.map(({ headers }) => headers["x-slack-retry-num"])).toEqual([undefined, "1", "2", "3"]);
  expect(app.taken[1]?.headers["x-slack-retry-reason"]).toBe("http_error");
  expect(new Set(app.taken.map(({ body }) => (JSON.parse(body) as { event_id: string }).event_id)).size).toBe(
    1,
  );
});

test("an event that is acknowledged at the second try comes no more", async () => {
  await using slack = await startSlack({ transport: "http", eventRetryDelaysMs: [0, 0, 0] });
  const acknowledgedAt: Record<string, string> = { Ev0001: "1", Ev0002: "3" };
  const eventId = ({ body }: Taken) => (JSON.parse(body) as { event_id: string }).event_id;
  await using app = await httpApp(slack, (taken) => ({
    status: taken.headers["x-slack-retry-num"] === acknowledgedAt[eventId(taken)] ? 200 : 500,
  }));
  const arrived = (id: string) => app.taken.filter((taken) => eventId(taken) === id).length;
  await slack.as("lead").openHome();
  await slack.as("lead").openHome();
  await slack.until(() => (arrived("Ev0002") === 4 ? true : undefined));
  expect(arrived("Ev0001")).toBe(2);
});

test("closing the workspace ends the repeats of an event", async () => {
  const slack = await startSlack({ transport: "http", eventRetryDelaysMs: [60_000] });
  await using app = await httpApp(slack, () => ({ status: 500 }));
  await slack.as("lead").openHome();
  await slack[Symbol.asyncDispose]();
  expect(app.taken).toHaveLength(1);
});

test("HTTP deliveries are signed, with bare content types", async () => {
  await using slack = await startSlack({ transport: "http" });
  await using app = await httpApp(slack, () => ({ status: 200 }));
  await command(slack);
  await slack.as("oncall").globalShortcut("jit_request");
  await slack.as("oncall").openHome();
  expect(app.taken.map(({ headers }) => headers["content-type"])).toEqual([
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded",
    "application/json",
  ]);
  for (const { headers, body } of app.taken) {
    const signed = {
      "x-slack-signature": String(headers["x-slack-signature"]),
      "x-slack-request-timestamp": Number(headers["x-slack-request-timestamp"]),
    };
    verifySlackRequest({ signingSecret: slack.signingSecret, body, headers: signed });
    expect(() => verifySlackRequest({ signingSecret: "other", body, headers: signed })).toThrow("mismatch");
  }
  expect(new URLSearchParams(app.taken[0]?.body).get("command")).toBe("/jit");
  expect(JSON.parse(new URLSearchParams(app.taken[1]?.body).get("payload") ?? "")).toMatchObject({
    type: "shortcut",
  });
});

test("Bolt refuses a stale signature and takes a fresh one", async () => {
  await using slack = await startSlack({ transport: "http" });
  await using _ = await boltOverHttp(slack, (app) => {
    app.command("/jit", ({ ack }) => ack());
  });
  slack.faults.skewSignatures(-600);
  expect((await command(slack)).ack).toMatchObject({ status: "failed", reason: "http 401" });
  slack.faults.skewSignatures(0);
  expect((await command(slack)).status).toBe("ok");
});

test("a request URL is verified by its challenge, and ssl_check is asked", async () => {
  await using slack = await startSlack({ transport: "http" });
  await using _ = await boltOverHttp(slack, () => {});
  expect(await slack.verifyRequestUrl()).toBe(true);
  expect(await slack.sslCheck()).toBe(200);
});

test("an HTTP app that is too slow, broken or gone fails in the person's sight", async () => {
  await using slack = await startSlack({ transport: "http", ackTimeoutMs: 50 });
  let status = 0;
  await using app = await httpApp(slack, () => (status === 0 ? undefined : { status }));
  expect((await command(slack)).shown).toContain("operation_timeout");
  status = 404;
  expect((await command(slack)).shown).toContain("dispatch_failed");
  await app[Symbol.asyncDispose]();
  expect((await command(slack)).shown).toContain("dispatch_failed");
});
