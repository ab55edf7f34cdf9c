import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { healthUrl, startHealth } from "../src/health.ts";
import { freePort } from "../src/sandbox/free-port.ts";

const root = resolve(import.meta.dirname, "..");
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const ignored = readFileSync(join(root, ".dockerignore"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

describe("the image", () => {
  test("does not get the sandbox, by whatever way", () => {
    expect(isSent("src/sandbox/start-sandbox.ts")).toBe(false);
    expect(isSent("test/image.test.ts")).toBe(false);
    expect(isSent(".git/config")).toBe(false);
    expect(isSent("src/main.ts")).toBe(true);
    // This reader of the file knows names and a lone asterisk.
    expect(ignored.filter((line) => line !== "*" && /[*?[\\]/.test(line))).toEqual([]);
  });

  test("does not get the sandbox's runbooks: those of a deployment are mounted", () => {
    expect(isSent("runbooks/datasources.yml")).toBe(false);
    expect(isCopied("runbooks/datasources.yml")).toBe(false);
  });

  test("stops at the start with one line when no runbooks are mounted", async () => {
    const env = {
      AWS_REGION: "eu-west-1",
      REDIS_URL: "redis://127.0.0.1:1",
      SLACK_BOT_TOKEN: "xoxb-1",
      SLACK_APP_TOKEN: "xapp-1",
      JIT_HEALTH_PORT: String(await freePort()),
      JIT_HEALTH_HOST: "127.0.0.1",
      JIT_RUNBOOKS: "not/mounted",
    };
    const child = spawn(process.execPath, ["src/main.ts"], {
      cwd: root,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const told: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => told.push(String(chunk)));
    expect(await once(child, "close")).toEqual([1, null]);
    expect(told.join("")).toBe(
      "not/mounted: the directory of runbooks can't be read: ENOENT; mount it there, or name another one in JIT_RUNBOOKS or after the command\n",
    );
  });

  test.each(["src/main.ts", "src/health-check.ts", "src/cli/jit.ts"])(
    "holds everything that %s imports, and every package as one that ships",
    (entry) => {
      const { files, packages } = graphOf(entry);
      expect(files.size).toBeGreaterThan(1);
      expect([...files].filter((file) => !isSent(file) || !isCopied(file))).toEqual([]);
      const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
        dependencies: Record<string, string>;
      };
      expect([...packages].filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
    },
  );

  test("starts and checks what it holds", () => {
    for (const [, command = "[]"] of dockerfile.matchAll(/CMD (\[.*\])/g)) {
      const [program, file = ""] = JSON.parse(command) as string[];
      expect(program).toBe("node");
      expect(isSent(file) && isCopied(file)).toBe(true);
    }
  });
});

describe("the health check of the image", () => {
  const metrics = { type: "text/plain", text: async () => "" };

  test.each(["127.0.0.1", "0.0.0.0", "127.0.0.2"])("asks where the bot listens: %s", async (host) => {
    const port = await freePort();
    await using _ = await startHealth({ host, port, missing: () => ["slack"], metrics });
    expect(await healthCheck({ JIT_HEALTH_HOST: host, JIT_HEALTH_PORT: String(port) })).toBe(0);
  });

  test("fails when nobody answers there", async () => {
    const port = await freePort();
    await using _ = await startHealth({ host: "127.0.0.1", port, missing: () => [], metrics });
    expect(await healthCheck({ JIT_HEALTH_HOST: "127.0.0.2", JIT_HEALTH_PORT: String(port) })).toBe(1);
  });

  test("asks this host when the bot listens on every address", () => {
    expect(healthUrl({ host: "0.0.0.0", port: 8080 })).toBe("http://127.0.0.1:8080/healthz");
    expect(healthUrl({ host: "::", port: 8080 })).toBe("http://[::1]:8080/healthz");
    expect(healthUrl({ host: "::1", port: 8080 })).toBe("http://[::1]:8080/healthz");
  });
});

/** Runs the command that stands in the Dockerfile. */
async function healthCheck(env: Record<string, string>): Promise<number | null> {
  const [, command = "[]"] = /HEALTHCHECK .*CMD (\[.*\])/.exec(dockerfile) ?? [];
  const [, ...args] = JSON.parse(command) as string[];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: "ignore" });
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}

/** As `.dockerignore` is read: the last line that matches the file or a folder above it decides. */
function isSent(file: string): boolean {
  const parts = file.split("/");
  const above = parts.map((_, depth) => parts.slice(0, depth + 1).join("/"));
  const covers = (line: string) => line === "*" || above.includes(line.replace(/^!/, ""));
  const last = ignored.findLast(covers);
  return last === undefined || last.startsWith("!");
}

function isCopied(file: string): boolean {
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = ""]) =>
    paths.split(" "),
  );
  return sources.some((source) => file === source || file.startsWith(`${source}/`));
}

/** Every file of ours that the entry loads, and every package; what is imported for its types alone is not loaded. */
function graphOf(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(join(root, file), "utf8");
    const imports =
      /^(?:import|export)(?! type\b)(?:[^"';]*?\bfrom)?\s*"([^"]+)"|\bimport\("([^"]+)"\)|new URL\("(\.[^"]+\.ts)"/gm;
    for (const [, from, lazy, worker] of text.matchAll(imports)) {
      const target = from ?? lazy ?? worker ?? "";
      if (target.startsWith(".")) visit(relative(root, resolve(root, dirname(file), target)));
      else if (!target.startsWith("node:")) packages.add(/^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target);
    }
  };
  visit(entry);
  return { files, packages };
}
