import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands, jit } from "../../src/cli/jit.ts";
import { files, runbook, runbookDir } from "../runbook/fixture.ts";

const shipped = join(import.meta.dirname, "../../runbooks");

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return runWith({}, ...args);
}

async function runWith(env: Record<string, string>, ...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await jit(args, { out: (line) => out.push(line), err: (line) => err.push(line), env });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("jit", () => {
  test("help names every command and ends well", async () => {
    const { code, out } = await run("help");
    expect(code).toBe(0);
    const flat = out.replace(/\s+/g, " ");
    for (const { usage, summary } of commands) expect(flat).toContain(`${usage} ${summary}`);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test.each(commands.map(({ name, usage }) => [name, usage]))(
    "%s --help is its usage and ends well",
    async (name, usage) => {
      for (const flag of ["--help", "-h"])
        expect(await run(name, flag)).toMatchObject({
          code: 0,
          out: expect.stringContaining(`Usage: jit ${usage}`),
          err: "",
        });
    },
  );

  test("without a command, or with one that there is not, it shows the help and fails", async () => {
    expect((await run()).code).toBe(2);
    expect(await run("lnit")).toMatchObject({ code: 2, err: expect.stringContaining('no command "lnit"') });
    expect((await run("toString")).code).toBe(2);
  });

  test("a flag or word too many fails with the usage", async () => {
    for (const args of [
      ["lint", "--fix"],
      ["lint", "a", "b"],
      ["test", "--x"],
      ["schema", "nothing"],
      ["schema", "--x"],
    ]) {
      expect(await run(...args)).toMatchObject({ code: 2, err: expect.stringContaining("Usage: jit") });
    }
  });
});

describe("jit lint", () => {
  test("warns at its line of an escalation that the runbook's approvers leave nobody of", async () => {
    const all = files();
    const access = all["access.yml"];
    const owner = {
      name: "owner",
      anyOf: ["deciders"],
      count: 1,
      escalate: { afterMinutes: 10, to: ["askers"] },
    };
    const policies = access.policies.map((one) => ({ ...one, approval: { steps: [owner] } }));
    await using made = await runbookDir({ ...all, "access.yml": { ...access, policies } });
    const { code, err } = await run("lint", made.dir);
    expect(code).toBe(0);
    expect(err).toMatch(/^warning .*access\.yml:\d+:\d+ .*ACC20: .*does not escalate to askers/m);
  });

  test("accepts the runbooks that are shipped", async () => {
    expect(await run("lint", shipped)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/2\d runbook\(s\), 6 data source\(s\), 0 warning/),
    });
  });

  test("looks where JIT_RUNBOOKS says, unless the call names a folder", async () => {
    await using made = await runbookDir(files());
    const env = { JIT_RUNBOOKS: made.dir };
    expect(await runWith(env, "lint")).toMatchObject({ code: 0, out: expect.stringContaining(made.dir) });
    expect(await runWith(env, "lint", shipped)).toMatchObject({ out: expect.stringContaining(shipped) });
    expect(await runWith(env, "test", "things-by-owner")).toMatchObject({ code: 0 });
  });

  test("of a file, or of nothing, it says to name a folder", async () => {
    expect(await run("lint", join(shipped, "access.yml"))).toMatchObject({
      code: 1,
      err: expect.stringContaining("ENOTDIR, it is a file; name its folder"),
    });
    expect(await run("lint", "nowhere")).toMatchObject({
      code: 1,
      err: expect.stringContaining("name another one in JIT_RUNBOOKS or after the command"),
    });
  });

  test("reads access.test.yml too", async () => {
    await using made = await runbookDir({ ...files(), "access.test.yml": "tests:\n  - name: x\n" });
    expect(await run("lint", made.dir)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error .*access\.test\.yml:2:5 tests\[0\]\.requester: /m),
    });
  });

  test("names every problem by file and line and fails", async () => {
    const bad = runbook();
    bad.limits = { timeoutSeconds: 10, maxRows: 10 };
    await using made = await runbookDir({ ...files(), "things-by-owner.yml": bad });
    const { code, err } = await run("lint", made.dir);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error .*things-by-owner\.yml:\d+:\d+ limits: DDB04: a Query or Scan needs maxPages$/m,
    );
    expect(err).toContain("2 problem(s)");
  });

  test("tells of one mistake although there is another that it does not rely on", async () => {
    const bad = runbook();
    bad.metadata.owner = "nobody";
    bad.limits = { timeoutSeconds: 10, maxRows: 10 };
    await using made = await runbookDir({ ...files(), "things-by-owner.yml": bad });
    const { err } = await run("lint", made.dir);
    expect(err).toMatch(/RB003: /);
    expect(err).toMatch(/DDB04: /);
    expect(err).toContain("checks that rely on these follow once they are mended");
  });

  test("refuses a schedule that oncall.yml has not, at its line (ACC23)", async () => {
    const all = files();
    all["access.yml"].schedules = { primary: { provider: "file", schedule: "things-primary" } };
    await using made = await runbookDir(all);
    const { code, err } = await run("lint", made.dir);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error .*access\.yml:\d+:\d+ schedules\.primary\.schedule: ACC23: oncall\.yml has no schedule "things-primary"; known: none$/m,
    );
  });

  test("warns of a policy that excludes a last editor whom a runbook does not name (ACC26)", async () => {
    const all = files();
    Object.assign(all["access.yml"].policies[0]?.approval ?? {}, { lastEditor: "exclude" });
    await using made = await runbookDir(all);
    expect((await run("lint", made.dir)).err).toMatch(
      /^warning .*policies\[0\]\.approval\.lastEditor: ACC26: nobody can approve things-by-owner/m,
    );
    all["things-by-owner.yml"].metadata.lastEditor = "U3";
    await using mended = await runbookDir(all);
    expect((await run("lint", mended.dir)).err).not.toContain("ACC26");
  });

  test("lets warnings pass, unless told to be strict", async () => {
    const all = files();
    all["access.yml"].groups["empty"] = { members: [] };
    await using made = await runbookDir(all);
    expect(await run("lint", made.dir)).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^warning .*ACC03/),
    });
    expect((await run("lint", made.dir, "--strict")).code).toBe(1);
  });

  test("refuses a runbook whose session policy would be too long for the longest inputs (IAM04)", async () => {
    const bad = runbook();
    Object.assign(bad.parameters.properties["owner"] ?? {}, {
      pattern: "^[A-Z]{1,1024}$",
      maxLength: 1024,
      examples: ["A"],
    });
    const [step] = bad.steps;
    if (step?.action !== "dynamodb:Query") throw new Error("not a query");
    bad.steps = [
      {
        name: "batch",
        action: "dynamodb:BatchGetItem",
        request: {
          RequestItems: {
            things: {
              Keys: ["a", "b"].map((text) => ({ owner_id: { S: { $derived: text } }, thing_id: { S: "1" } })),
              ProjectionExpression: "thing_id, #s",
              ExpressionAttributeNames: { "#s": "state" },
            },
          },
        },
      },
    ];
    bad.derived = {
      a: { function: "concat", args: ["a", { $param: "owner" }] },
      b: { function: "concat", args: ["b", { $param: "owner" }] },
    };
    delete bad.parameters.properties["min_size"];
    bad.tests[0] = {
      name: "a",
      given: { parameters: { owner: "A" } },
      expect: { valid: true, requests: [{ action: "x", request: {} }] },
    };
    await using made = await runbookDir({ ...files(), "things-by-owner.yml": bad });
    const { code, err } = await run("lint", made.dir);
    expect(err).toMatch(/IAM04/);
    expect(code).toBe(1);
  });
});

describe("jit test", () => {
  test("plays every test of the runbooks that are shipped", async () => {
    expect(await run("test", shipped)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\d{2,3} passed, 0 failed$/),
    });
  });

  test("plays the tests of one runbook by its name, and says when there is none of it", async () => {
    expect(await run("test", shipped, "orders-by-id")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ok {5}orders-by-id \((\d+)\)\n\1 passed, 0 failed$/),
    });
    expect(await run("test", "orders-by-id")).toMatchObject({ code: 0 });
    expect(await run("test", "orders-by-it")).toMatchObject({
      code: 1,
      err: 'error runbooks: no runbook is called "orders-by-it"',
    });
  });

  test("fails when a request, a refusal or an acceptance is not as said", async () => {
    const bad = runbook();
    const accepted = { parameters: { owner: "A-1234", min_size: "5" } };
    bad.tests.push(
      {
        name: "other request",
        given: accepted,
        expect: { valid: true, requests: [{ action: "dynamodb:Query", request: {} }] },
      },
      { name: "refused after all", given: accepted, expect: { valid: false, errors: ["owner"] } },
      { name: "accepted after all", given: { parameters: { owner: "x" } }, expect: { valid: true } },
      {
        name: "another field",
        given: { parameters: { owner: "x" } },
        expect: { valid: false, errors: ["min_size"] },
      },
    );
    await using made = await runbookDir({ ...files(), "things-by-owner.yml": bad });
    const { code, out, err } = await run("test", made.dir);
    expect(err).toBe("");
    expect(code).toBe(1);
    expect(out).toContain("2 passed, 4 failed");
    expect(out).toMatch(/FAILED other request\n\s+the requests differ/);
  });

  test("says what is wrong with the files instead of testing them", async () => {
    expect(await run("test", "/nowhere")).toMatchObject({ code: 1, err: expect.stringContaining("ENOENT") });
  });
});

describe("jit schema", () => {
  test("prints one schema", async () => {
    const { code, out } = await run("schema", "access");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ title: "access.yml of jit-runbooks" });
  });
});
