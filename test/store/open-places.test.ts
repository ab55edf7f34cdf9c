import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancel } from "../../src/request/close.ts";
import type { PersonId } from "../../src/runbook/plan.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { createTable } from "../../src/store/create-table.ts";
import { createOpenPlaces } from "../../src/store/open-places.ts";
import { createRequestStore } from "../../src/store/request-store.ts";
import type { OpenPlaces, RequestStore } from "../../src/workflow/ports.ts";
import { aRequest, later, requester, T0 } from "../fixtures/a-request.ts";

const TABLE = "jit-requests-places";
let aws: AwsPeer;
let client: DynamoDBClient;
let store: RequestStore;
let places: OpenPlaces;
let next = 0;

beforeAll(async () => {
  aws = await startAws();
  client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
  await createTable(client, TABLE);
  store = createRequestStore(client, TABLE);
  places = createOpenPlaces(client, TABLE);
});

afterAll(async () => {
  client?.destroy();
  await aws?.[Symbol.asyncDispose]();
});

const nextId = () => `R${String(++next).padStart(16, "0")}`;
const somebody = (): PersonId => ({ teamId: requester.teamId, userId: `U0PERSON${++next}` });

/** A place for a request that was created `seconds` after the beginning. */
function take(person: PersonId, id: string, seconds = 0) {
  return places.take(person, { id, createdAt: later(seconds).toISOString() }, 3);
}

async function ask(person: PersonId): Promise<string> {
  const id = nextId();
  expect(await take(person, id)).toBe("taken");
  await store.create(aRequest({ id }));
  return id;
}

describe("places for open requests", () => {
  test("are never more than there may be, however many want one at the same moment", async () => {
    const person = somebody();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => take(person, nextId())));
    expect(outcomes.filter((outcome) => outcome === "taken")).toHaveLength(3);
  });

  test("are one person's, in whatever workspace they act, and nobody else's", async () => {
    const person = somebody();
    const elsewhere = { ...person, teamId: "T0SECOND" };
    await take(person, nextId());
    await take(elsewhere, nextId());
    await take(person, nextId());
    expect(await take(elsewhere, nextId())).toBe("full");
    expect(await take(somebody(), nextId())).toBe("taken");
  });

  test("come back when a request closes, also many requests later", async () => {
    const person = somebody();
    await ask(person);
    await ask(person);
    for (let round = 0; round < 4; round++) {
      const id = await ask(person);
      expect(await take(person, nextId(), 3_600)).toBe("full");
      await store.change(id, (request) => cancel(request, requester, T0));
    }
    await ask(person);
    expect(await take(person, nextId())).toBe("full");
  });

  test("are held once by a form that is delivered twice", async () => {
    const person = somebody();
    const id = nextId();
    await take(person, nextId());
    await take(person, nextId());
    expect(await take(person, id)).toBe("taken");
    expect(await take(person, id, 1)).toBe("taken");
    expect(await take(person, nextId())).toBe("full");
  });

  test("that were taken for a request which never came are given back after a minute, not before", async () => {
    const person = somebody();
    await Promise.all([take(person, nextId()), take(person, nextId()), take(person, nextId())]);
    expect(await take(person, nextId(), 60)).toBe("full");
    expect(await take(person, nextId(), 61)).toBe("taken");
  });
});
