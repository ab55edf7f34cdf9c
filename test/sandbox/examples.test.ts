import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox/start-sandbox.ts";

const docs = resolve(import.meta.dirname, "../../docs");

/** Every shell example of a page that asks a control API, with the addresses and tokens of this start in place of the printed ones. */
function examplesOf(page: string, values: Record<string, string>): string {
  const text = readFileSync(join(docs, page), "utf8");
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
  const script = blocks.filter((block) => /control/.test(block)).join("\n");
  return script.replace(
    /^(SLACK|SLACK_TOKEN|AWS|AWS_TOKEN)=\S*/gm,
    (_, name: string) => `${name}=${values[name]}`,
  );
}

async function runShell(script: string): Promise<{ code: number | null; out: string }> {
  // An answer of 400 or above ends the script, which prints each line before it runs it.
  const strict = `set -exo pipefail\ncurl() { command curl --fail-with-body "$@"; echo; }\n`;
  const child = spawn("bash", ["-c", strict + script], { stdio: ["ignore", "pipe", "pipe"] });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => chunks.push(String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out: chunks.join("") };
}

test("the shell examples of the sandbox's pages run as they are printed", async () => {
  await using sandbox = await startSandbox({
    redisUrl: process.env["TEST_REDIS_URL"],
    path: process.env["PATH"],
  });
  const { slack, aws } = sandbox;
  const values = {
    SLACK: `${slack.url}/control`,
    SLACK_TOKEN: slack.controlToken,
    AWS: `${aws.controlUrl}/control`,
    AWS_TOKEN: aws.controlToken,
  };
  for (const page of ["sandbox.md", "sandbox-slack.md", "sandbox-aws.md"]) {
    const { code, out } = await runShell(examplesOf(page, values));
    if (code !== 0) throw new Error(`${page}: ${out.slice(-2000)}`);
    expect(out).not.toMatch(/"status":"(invalid|error|refused|dismissed)"/);
  }
  expect(
    slack
      .as("oncall")
      .directMessages()
      .map(({ rendered }) => rendered)
      .join("\n"),
  ).toContain("O-00000002");
});
