import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { dynamoDbOf, leaseOf, stsOf } from "./clients.ts";

let aws: AwsPeer;
beforeAll(async () => {
  aws = await startAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

const whoAmI = (credentials: Parameters<typeof stsOf>[1]) =>
  stsOf(aws, credentials).send(new GetCallerIdentityCommand());
const listTables = (credentials: Parameters<typeof stsOf>[1]) =>
  dynamoDbOf(aws, credentials).send(new ListTablesCommand());

test("AWS_ENDPOINT_URL alone leads the official clients here", async () => {
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.operator.secretAccessKey,
  });
  try {
    const { Arn } = await new STSClient().send(new GetCallerIdentityCommand());
    const { TableNames } = await new DynamoDBClient().send(new ListTablesCommand());
    expect({ Arn, TableNames }).toEqual({
      Arn: "arn:aws:iam::111122223333:user/jit-operator",
      TableNames: [],
    });
  } finally {
    process.env = before;
  }
});

describe("a key that nobody knows", () => {
  const stranger = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

  test("is InvalidClientTokenId to STS", async () => {
    await expect(whoAmI(stranger)).rejects.toMatchObject({
      name: "InvalidClientTokenId",
      $metadata: { httpStatusCode: 403 },
    });
  });

  test("is UnrecognizedClientException to DynamoDB", async () => {
    await expect(listTables(stranger)).rejects.toMatchObject({
      name: "UnrecognizedClientException",
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe("a wrong secret", () => {
  const wrong = () => ({ ...aws.operator, secretAccessKey: "not-the-secret" });

  test("is SignatureDoesNotMatch to STS", async () => {
    await expect(whoAmI(wrong())).rejects.toMatchObject({ name: "SignatureDoesNotMatch" });
  });

  test("is InvalidSignatureException to DynamoDB", async () => {
    await expect(listTables(wrong())).rejects.toMatchObject({ name: "InvalidSignatureException" });
  });
});

describe("a session token", () => {
  test("belongs to its key: left out, exchanged or added, it isn't taken", async () => {
    const [one, two] = [await leaseOf(aws), await leaseOf(aws)];
    const { sessionToken: _, ...withoutToken } = one;
    for (const credentials of [
      withoutToken,
      { ...one, sessionToken: two.sessionToken },
      { ...aws.operator, sessionToken: one.sessionToken },
    ]) {
      await expect(whoAmI(credentials)).rejects.toMatchObject({ name: "InvalidClientTokenId" });
    }
  });

  test("expires by the peer's clock, under each service's own name", async () => {
    await using late = await startAws();
    const lease = await leaseOf(late, { DurationSeconds: 900 });
    late.clock.advance(898_000);
    await stsOf(late, lease).send(new GetCallerIdentityCommand());
    late.clock.advance(3_000);
    await expect(stsOf(late, lease).send(new GetCallerIdentityCommand())).rejects.toMatchObject({
      name: expect.stringMatching(/^ExpiredToken/),
    });
    await expect(dynamoDbOf(late, lease).send(new ListTablesCommand())).rejects.toMatchObject({
      name: "ExpiredTokenException",
    });
    expect(late.calls.query({ access: "unauthenticated" }).map((call) => call.error?.code)).toEqual([
      "ExpiredToken",
      "ExpiredTokenException",
    ]);
  });
});

describe("the time of signing", () => {
  const skewed = (systemClockOffset: number) =>
    new STSClient({
      endpoint: aws.url,
      region: aws.region,
      credentials: aws.operator,
      maxAttempts: 1,
      systemClockOffset,
    }).send(new GetCallerIdentityCommand());

  test("may be up to five minutes off, either way", async () => {
    for (const offsetMs of [-290_000, 290_000]) await skewed(offsetMs);
    await expect(skewed(-310_000)).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
      message: expect.stringMatching(/^Signature expired/),
    });
    await expect(skewed(310_000)).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
      message: expect.stringMatching(/^Signature not yet current/),
    });
  });

  test("is corrected by the SDK from the Date header when the machine's clock is wrong", async () => {
    await using elsewhere = await startAws({ now: () => new Date(Date.now() + 3_600_000) });
    const client = new STSClient({
      endpoint: elsewhere.url,
      region: elsewhere.region,
      credentials: elsewhere.operator,
    });
    await expect(client.send(new GetCallerIdentityCommand())).resolves.toMatchObject({
      Account: elsewhere.account,
      $metadata: { attempts: 2 },
    });
  });
});

describe("a request changed after signing", () => {
  test("is refused when its body differs", async () => {
    const answer = await replay((sent) => ({ ...sent, body: sent.body.replace("10", "20") }));
    expect(answer).toMatchObject({ status: 400, type: expect.stringContaining("InvalidSignatureException") });
  });

  test("is refused when its operation differs", async () => {
    const answer = await replay((sent) => ({
      ...sent,
      headers: { ...sent.headers, "x-amz-target": "DynamoDB_20120810.DeleteTable" },
    }));
    expect(answer).toMatchObject({ status: 400, type: expect.stringContaining("InvalidSignatureException") });
  });

  test("is refused when a header that AWS acts on isn't part of the signature", async () => {
    const answer = await replay((sent) => ({ ...sent, headers: { ...sent.headers, "x-amz-extra": "1" } }));
    expect(answer).toMatchObject({ status: 400, type: expect.stringContaining("InvalidSignatureException") });
  });

  test("is refused without an Authorization header", async () => {
    const answer = await replay((sent) => {
      const { authorization: _, ...headers } = sent.headers;
      return { ...sent, headers };
    });
    expect(answer).toMatchObject({
      status: 400,
      type: expect.stringContaining("MissingAuthenticationToken"),
    });
  });

  test("is taken unchanged, so that the other tests of this group mean something", async () => {
    expect(await replay((sent) => sent)).toMatchObject({ status: 200 });
  });
});

test("a signature for another service isn't taken", async () => {
  const client = stsOf(aws, aws.operator);
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as Sent;
      request.headers["x-amz-target"] = "DynamoDB_20120810.ListTables";
      request.headers["content-length"] = "2";
      request.body = "{}";
      return next(args);
    },
    { step: "build", priority: "low" },
  );
  await client.send(new GetCallerIdentityCommand()).catch(() => {});
  expect(aws.calls.query().at(-1)).toMatchObject({
    service: "dynamodb",
    operation: "ListTables",
    error: {
      code: "InvalidSignatureException",
      message: expect.stringContaining("correct service: 'dynamodb'"),
    },
  });
});

type Sent = { headers: Record<string, string>; body: string };

/** Lets the official client sign a ListTables, changes it, and sends it. */
async function replay(change: (sent: Sent) => Sent) {
  const client = dynamoDbOf(aws, aws.operator);
  const signed = Promise.withResolvers<Sent>();
  client.middlewareStack.add(
    () => (args) => {
      const { headers, body } = args.request as { headers: Sent["headers"]; body: string | Uint8Array };
      signed.resolve({
        headers: { ...headers },
        body: typeof body === "string" ? body : new TextDecoder().decode(body),
      });
      return Promise.reject(new Error("kept back"));
    },
    { step: "finalizeRequest", priority: "low", name: "keep-back" },
  );
  await client.send(new ListTablesCommand({ Limit: 10 })).catch(() => {});
  const { headers, body } = change(await signed.promise);
  return new Promise<{ status: number | undefined; type: string }>((resolve, reject) => {
    const req = httpRequest(`${aws.url}/`, {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
    });
    req.on("error", reject).on("response", (res) => {
      resolve(
        text(res).then((answer) => {
          const { __type: type = "" } = JSON.parse(answer) as { __type?: string };
          return { status: res.statusCode, type };
        }),
      );
    });
    req.end(body);
  });
}
