import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { jit } from "../../src/cli/jit.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";
import { runbookCopies } from "../flows/runbook-copies.ts";

const shipped = join(import.meta.dirname, "../../runbooks");

let aws: AwsPeer;
let dir: string;

beforeAll(async () => {
  aws = await startAws();
  dir = await mkdtemp(join(tmpdir(), "jit-verify-"));
  // The SDK looks for an account in more places than the environment.
  process.env["AWS_EC2_METADATA_DISABLED"] = "true";
  process.env["AWS_SHARED_CREDENTIALS_FILE"] = join(dir, "none");
  process.env["AWS_CONFIG_FILE"] = join(dir, "none");
});
afterAll(async () => {
  await aws?.[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});
afterEach(() => aws.faults.clear());

type As = { accessKeyId: string; secretAccessKey: string } | undefined;

type Env = Record<string, string>;

async function run(as: As, command: string, ...rest: (string | Env)[]) {
  const args = rest.filter((one) => typeof one === "string");
  const change = rest.find((one) => typeof one !== "string") ?? {};
  delete process.env["AWS_ACCESS_KEY_ID"];
  delete process.env["AWS_SECRET_ACCESS_KEY"];
  if (as) {
    process.env["AWS_ACCESS_KEY_ID"] = as.accessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = as.secretAccessKey;
  }
  const out: string[] = [];
  const err: string[] = [];
  const code = await jit([command, ...args], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env: { AWS_ENDPOINT_URL: aws.url, ...change },
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

const verify = (as: As, ...args: string[]) => run(as, "verify", "--aws", ...args);

/** What `jit iam` printed some day. */
async function deployed(change: (text: string) => string = (same) => same): Promise<string> {
  const { out } = await run(aws.operator, "iam", shipped, "--format", "json");
  const file = join(dir, `deployed-${Math.random().toString(36).slice(2)}.json`);
  await writeFile(file, change(out));
  return file;
}

describe("jit verify --aws", () => {
  test("has every role and every form of every runbook's session policy validated, and finds the shipped ones good", async () => {
    aws.calls.clear();
    const { code, out } = await verify(aws.operator, shipped);
    expect(out).toMatch(/^\d+ policies were validated, 0 error\(s\) and security warning\(s\)\.$/m);
    expect(out).toContain("there is no --against FILE to compare with");
    expect(code).toBe(0);
    const calls = aws.calls.query({ service: "access-analyzer" });
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(["ValidatePolicy"]));
    const kinds = calls.map(({ request }) => (request as { policyType: string }).policyType);
    expect(kinds.filter((kind) => kind === "RESOURCE_POLICY")).toHaveLength(6);
    expect(kinds.filter((kind) => kind === "IDENTITY_POLICY").length).toBeGreaterThan(20);
  });

  test("fails on what AWS calls an error or a security warning, and says everything else that it finds", async () => {
    const finding = { findingDetails: "Too wide.", learnMoreLink: "", locations: [] };
    const grades = ["SUGGESTION", "WARNING", "SECURITY_WARNING"];
    const server = createServer((_, res) => {
      const findings = [{ ...finding, findingType: grades.pop() ?? "WARNING", issueCode: "CODE" }];
      res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ findings }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, out } = await run(aws.operator, "verify", "--aws", shipped, { AWS_ENDPOINT_URL: url });
    server.closeAllConnections();
    server.close();
    expect(out).toMatch(/^SECURITY_WARNING {2}trust of jit-bot: Too wide\. \(CODE\)$/m);
    expect(out).toMatch(/^SUGGESTION {8}\S/m);
    expect(out).toMatch(/ 1 error\(s\) and security warning\(s\)\.$/m);
    expect(code).toBe(1);

    aws.faults.add({
      service: "access-analyzer",
      times: 1,
      effect: { kind: "error", code: "ValidationException", message: "Not so." },
    });
    expect(await verify(aws.operator, shipped)).toMatchObject({
      code: 1,
      err: "error AWS: ValidationException: Not so.",
    });
  });

  test("finds that roles allow nothing new, and names what would be", async () => {
    const same = await verify(aws.operator, shipped, "--against", await deployed());
    expect(same.out).toMatch(/^6 roles were compared, 0 of them allow more than the file\.$/m);
    expect(same.code).toBe(0);

    const narrower = await deployed((text) => text.replaceAll('"dynamodb:Scan"', '"dynamodb:DescribeTable"'));
    const more = await verify(aws.operator, shipped, "--against", narrower);
    expect(more.out).toMatch(/^NEW ACCESS +arn:aws:iam::\d+:role\/jit-data-dynamodb-scan: New access/m);
    expect(more.out).toMatch(/^nothing new +arn:aws:iam::\d+:role\/jit-janitor-athena$/m);
    expect(more.code).toBe(1);

    const fewer = await deployed((text) => text.replaceAll("role/jit-janitor-athena", "role/another"));
    const unknown = await verify(aws.operator, shipped, "--against", fewer);
    expect(unknown.out).toContain("jit-janitor-athena: it is not in the file, so all of it is new");
  });

  test.each<[string, () => As, RegExp]>([
    ["there are no credentials", () => undefined, /there are no AWS credentials/],
    [
      "AWS does not know them",
      () => ({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" }),
      /AWS does not know the credentials/,
    ],
    ["they may not ask", () => aws.broker, /may not ask: they need access-analyzer:ValidatePolicy/],
  ])("says so with an exit of its own when %s", async (_, as, why) => {
    const { code, err, out } = await verify(as(), shipped);
    expect(err).toMatch(why);
    expect(err).toContain("nothing is known to be wrong");
    expect(out).toBe("");
    expect(code).toBe(3);
  });

  test("says so as well when AWS can't be reached", async () => {
    aws.faults.add({ service: "access-analyzer", effect: { kind: "reset", when: "before" } });
    const { code, err } = await verify(aws.operator, shipped);
    expect(err).toContain("AWS can't be reached");
    expect(code).toBe(3);
  });

  test("is called in one way, and a runbook that is wrong is said before AWS is asked", async () => {
    expect((await run(aws.operator, "verify", shipped)).code).toBe(2);
    expect((await verify(aws.operator, "--against")).code).toBe(2);
    await using copies = await runbookCopies({
      "orders-by-id.yml": (text) => text.replace("version: 1.0.0", "version: one"),
    });
    aws.calls.clear();
    expect(await verify(aws.operator, copies.dir)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/orders-by-id\.yml:\d+/),
    });
    expect(aws.calls.query({})).toEqual([]);
  });
});
