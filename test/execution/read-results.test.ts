import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AthenaClient } from "@aws-sdk/client-athena";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeAthenaError } from "../../src/aws/describe-athena-error.ts";
import { readResults } from "../../src/execution/read-results.ts";
import { anAthenaPlan } from "./an-athena-run.ts";

/** What Athena answers to GetQueryResults, byte by byte, where no database can be made to say it. */
describe("results that are not as they should be", () => {
  let server: Server;
  let client: AthenaClient;
  let answer: { status: number; body: Buffer };

  beforeEach(async () => {
    server = createServer((_, response) => {
      response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" }).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    client = new AthenaClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "eu-west-1",
      maxAttempts: 1,
      credentials: { accessKeyId: "ASIA1", secretAccessKey: "secret" },
    });
  });
  afterEach(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function read() {
    const plan = anAthenaPlan({ columns: ["word"] });
    return readResults(
      async () => client,
      "id",
      plan,
      new AbortController().signal,
      () => {},
    );
  }

  function page(...cells: (Buffer | undefined)[]): Buffer {
    const rows = [Buffer.from("word"), ...cells].map((cell) =>
      cell === undefined
        ? Buffer.from(`{"Data":[{}]}`)
        : Buffer.concat([Buffer.from(`{"Data":[{"VarCharValue":"`), cell, Buffer.from(`"}]}`)]),
    );
    const list = rows.flatMap((row, at) => (at === 0 ? [row] : [Buffer.from(","), row]));
    const columns = `{"ResultSet":{"ResultSetMetadata":{"ColumnInfo":[{"Name":"word","Type":"varchar"}]},"Rows":[`;
    return Buffer.concat([Buffer.from(columns), ...list, Buffer.from("]}}")]);
  }

  test("bytes that are no UTF-8, and halves of characters, are shown as such and hide no other row", async () => {
    const body = page(
      Buffer.from([0x63, 0x61, 0x66, 0xe9]),
      Buffer.from("\\ud800 half"),
      Buffer.from("whole"),
    );
    answer = { status: 200, body };
    expect(await read()).toMatchObject({
      status: "read",
      rows: [{ word: "caf\uFFFD" }, { word: "\uFFFD half" }, { word: "whole" }],
    });
  });

  test("a NULL is no empty text", async () => {
    answer = { status: 200, body: page(undefined, Buffer.from("")) };
    expect(await read()).toMatchObject({ rows: [{}, { word: "" }] });
  });

  test("a result that Athena does not keep any more is said to be gone", async () => {
    const body = {
      __type: "InvalidRequestException",
      AthenaErrorCode: "RESULTS_EXPIRED",
      Message: "internal",
    };
    answer = { status: 400, body: Buffer.from(JSON.stringify(body)) };
    const error: unknown = await read().catch((cause: unknown) => cause);
    expect(describeAthenaError(error)).toEqual({
      code: "results-expired",
      sentence: "Athena does not have the result any more. Run it again or ask again.",
    });
  });
});
