import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Log } from "../../src/log.ts";
import { cancel } from "../../src/request/close.ts";
import type { Request } from "../../src/request/request.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { createTable } from "../../src/store/create-table.ts";
import { createRequestStore } from "../../src/store/request-store.ts";
import type { RequestStore } from "../../src/workflow/ports.ts";
import { sweep } from "../../src/workflow/sweep.ts";
import { aRequest, later, requester } from "../fixtures/a-request.ts";
import { silentLog } from "../fixtures/silent-log.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

describe("the sweeper", () => {
  let aws: AwsPeer;
  let client: DynamoDBClient;
  let store: RequestStore;
  let tables = 0;

  beforeAll(async () => {
    aws = await startAws();
    client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
  });
  afterAll(async () => {
    client?.destroy();
    await aws?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    const table = `jit-requests-sweep-${++tables}`;
    await createTable(client, table);
    store = createRequestStore(client, table);
  });

  /** Nothing is ever drawn: every copy in Slack stays behind. */
  function sweepAt(seconds: number, drawn: string[] = [], log: Log = silentLog) {
    const nothing = async () => {};
    const queue = {
      run: nothing,
      wake: nothing,
      stop: nothing,
      project: async (id: string) => void drawn.push(id),
    };
    const janitor = { attend: () => Promise.reject(new Error("there is no query to stop")) };
    return sweep({
      store,
      queue,
      awsClock: { now: async () => later(seconds) },
      janitor,
      alarms: { raise: nothing, tell: nothing },
      denyList: { deny: async () => "listed" as const, purge: async () => "done" as const },
      log,
      clock: { now: () => later(seconds) },
    });
  }

  async function closed(id: string): Promise<void> {
    await store.create(aRequest({ id }));
    await store.change(id, (request) => cancel(request, requester, later(1)));
  }

  async function stateOf(id: string): Promise<Request["state"] | undefined> {
    return (await store.get(id))?.request.state;
  }

  test("comes to a request that lapses behind hundreds that can't be drawn", async () => {
    for (let n = 0; n < 510; n++) await closed(`RBEHIND${n}`);
    await store.create(aRequest({ id: "RLIVING" }));
    // A sweep that takes long leaves the rest to the next one; nothing is looked at twice.
    let looked = 0;
    for (let sweeps = 1; looked < 511; sweeps++) {
      const swept = await sweepAt(2 * HOUR);
      expect(swept).toMatchObject({ failed: 0 });
      looked += swept.looked;
      expect(sweeps).toBeLessThan(4);
    }
    expect(looked).toBe(511);
    expect(await stateOf("RLIVING")).toBe("lapsed");
    expect(await sweepAt(2 * HOUR)).toMatchObject({ looked: 0 });
  });

  test("looks at what can't be drawn less and less often, and gives up after a day with one line in the log", async () => {
    await closed("RBEHIND");
    const drawn: string[] = [];
    const errors: string[] = [];
    const log = { ...silentLog, error: (message: string) => void errors.push(message) };
    let looks = 0;
    const sweepUntil = async (from: number, until: number, step: number) => {
      const before = looks;
      for (let at = from; at < until; at += step) looks += (await sweepAt(at, drawn, log)).looked;
      return looks - before;
    };
    const firstHour = await sweepUntil(20, HOUR, 5);
    expect(firstHour).toBeLessThan(80);
    expect(firstHour).toBeGreaterThan(20);
    expect(await sweepUntil(HOUR, 2 * HOUR, 5)).toBeLessThan(14);
    expect(errors).toEqual([]);
    await sweepUntil(24 * HOUR + MINUTE, 30 * HOUR, HOUR);
    expect(errors).toEqual([expect.stringContaining("given up")]);
    expect(await sweepUntil(31 * HOUR, 100 * HOUR, HOUR)).toBe(0);
    expect(drawn.length).toBe(looks - 1);
  });

  test("forgets a request that was drawn meanwhile", async () => {
    await closed("RDRAWN");
    const first = await store.get("RDRAWN");
    await store.saveProjection("RDRAWN", { shownVersion: first?.version ?? 0, copies: [], toldSeq: 1 }, 0);
    await store.lookAgain("RDRAWN", first?.version ?? 0, later(30).toISOString());
    expect(await sweepAt(40)).toMatchObject({ looked: 1 });
    expect(await sweepAt(10 * HOUR)).toMatchObject({ looked: 0 });
  });

  test("comes to a request at its own time, however long it was put off", async () => {
    await store.create(aRequest({ id: "RLAPSES" }));
    await sweepAt(HOUR - 10);
    expect(await stateOf("RLAPSES")).toBe("pending");
    await sweepAt(HOUR);
    expect(await stateOf("RLAPSES")).toBe("lapsed");
  });

  test("is not kept from the others by one that fails", async () => {
    await closed("RBROKEN");
    await store.create(aRequest({ id: "RLIVING" }));
    const failing = store;
    store = {
      ...failing,
      get: async (id) => {
        if (id === "RBROKEN") throw new Error("unreadable");
        return failing.get(id);
      },
    };
    expect(await sweepAt(2 * HOUR)).toMatchObject({ looked: 2, failed: 1 });
    expect(await stateOf("RLIVING")).toBe("lapsed");
  });
});
