import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jit } from "../../src/cli/jit.ts";
import { files, runbookDir } from "../runbook/fixture.ts";

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await jit(args, { out: (line) => out.push(line), err: (line) => err.push(line), env: {} });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

const oncall = `schedules:
  things-primary:
    timeZone: UTC
    shifts: [{ start: "2026-11-21T00:00", end: "2026-11-22T00:00", user: U1 }]
`;

/** The fixture's files with rules, and with whoever is on call in a file. */
async function aDirectory(tests = "") {
  const all = files();
  const made = await runbookDir({
    ...all,
    "access.yml": {
      ...all["access.yml"],
      schedules: { primary: { provider: "file" as const, schedule: "things-primary" } },
      rules: [
        { name: "oncall-reads", approve: "requester.onCall", limits: { perPersonPerDay: 5 } },
        { name: "night", deny: "now.hour < 6", because: "Nobody reads at night." },
      ],
    },
  });
  await writeFile(join(made.dir, "oncall.yml"), oncall);
  if (tests) await writeFile(join(made.dir, "access.test.yml"), tests);
  return made;
}

const asked = ["explain", "things-by-owner", "owner=A-1234"];

describe("jit explain", () => {
  test("says who may ask, who decides and why, which rule, and what it touches", async () => {
    await using made = await aDirectory();
    const at = ["--at", "2026-11-21T12:00:00Z", "--dir", made.dir];
    const { code, out } = await run(...asked, "--as", "U1", ...at);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}Yes, as a member of askers, by policy things\.$/m);
    expect(out).toMatch(
      /^ {2}The rule oncall-reads approves at most 5 requests of one person a day; after that:$/m,
    );
    expect(out).toMatch(/^ {2}approval: 1 of .*U3 \(in deciders\).* Asked for by policy things\.$/m);
    expect(out).toMatch(
      /^ {2}night does not hold: when now\.hour < 6, then it refuses: Nobody reads at night\.$/m,
    );
    expect(out).toContain("Reads");
  });

  test("says no, and by which rule", async () => {
    await using made = await aDirectory();
    const at = ["--at", "2026-11-21T03:00:00Z", "--dir", made.dir];
    expect(await run(...asked, "--as", "U1", ...at)).toMatchObject({
      code: 1,
      out: expect.stringContaining("No: the rule night denies it. Nobody reads at night."),
    });
    expect(await run(...asked, "--as", "U3", ...at)).toMatchObject({
      code: 1,
      out: expect.stringContaining("only members of askers may"),
    });
  });

  test("without inputs that make a plan it asks no rule, and says so", async () => {
    await using made = await aDirectory();
    const { out } = await run("explain", "things-by-owner", "--as", "U1", "--dir", made.dir);
    expect(out).toMatch(/no rule was asked: owner: /);
    expect(out).toContain("night is asked over inputs: when now.hour < 6, then it refuses");
  });

  test.each([
    [["--as", "engineer"], "--as engineer is nobody: write a Slack user id, like U0123ABCD"],
    [["--as", "U1", "--at", "yesterday"], "--at yesterday is no time: write it with its zone, like 2026-"],
    [["A-1234", "--as", "U1"], "A-1234 is no input: write name=value."],
  ])("%j: says which word is wrong and what it looks like", async (args, sentence) => {
    const { code, err } = await run("explain", "things-by-owner", ...args);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
    expect(err).toContain("Usage");
  });

  test.each([
    [[]],
    [["things-by-owner"]],
    [["things-by-owner", "--as", "kim"]],
    [["x", "--as", "U1", "--at", "soon"]],
  ])("%j is told the usage", async (args) => {
    expect(await run("explain", ...args)).toMatchObject({ code: 2, err: expect.stringContaining("Usage") });
  });
});

describe("access.test.yml, played by jit test", () => {
  const one = (expected: string, hour = 12) => `tests:
  - name: on call by day
    requester: U1
    runbook: things-by-owner
    inputs: { owner: A-1234 }
    at: 2026-11-21T${hour}:00:00Z
    onCall: { primary: [U1] }
    expect: ${expected}
`;

  test("passes what is decided so", async () => {
    await using made = await aDirectory(
      one("{ verdict: automatic, rule: oncall-reads, steps: [{ name: approval, people: [U4, U3] }] }"),
    );
    expect(await run("test", made.dir)).toMatchObject({
      out: expect.stringMatching(/^ok {5}access\.yml \(\d+\)$/m),
    });
  });

  test.each([
    ["{ verdict: people }", /access\.test\.yml:8:\d+ .*expected people, decided automatic/],
    ["{ verdict: automatic, rule: night }", /access\.test\.yml:8:\d+ .*expected night, decided oncall-reads/],
    ["{ verdict: automatic, steps: [] }", /access\.test\.yml:8:\d+ .*decided approval \(1 of U3, U4\)/],
  ])("fails %s at its line", async (expected, message) => {
    await using made = await aDirectory(one(expected));
    const { code, out } = await run("test", made.dir);
    expect(code).toBe(1);
    expect(out).toMatch(message);
  });

  test("knows who else may step in: escalation, reminders, delegation, break-glass", async () => {
    const all = files();
    const [policy] = all["access.yml"].policies;
    await using made = await runbookDir({
      ...all,
      "access.yml": {
        ...all["access.yml"],
        policies: [
          {
            ...policy,
            approval: {
              steps: [
                {
                  name: "owner",
                  anyOf: ["deciders"],
                  count: 1,
                  escalate: { afterMinutes: 10, to: ["deciders"] },
                },
              ],
            },
            reminders: { afterMinutes: [5] },
          },
        ],
        delegation: { to: ["askers"] },
        breakGlass: {
          groups: ["askers"],
          runbooks: ["things-by-owner"],
          channel: "C0SECURITY",
          reviewers: ["deciders"],
        },
      },
    });
    const tests = (expected: string) => `tests:
  - name: who steps in
    requester: U1
    runbook: things-by-owner
    inputs: { owner: A-1234 }
    at: 2026-11-21T12:00:00Z
    away: [{ delegator: U3, delegate: U2 }]
    expect: { verdict: people, ${expected} }
`;
    const played = async (expected: string) => {
      await writeFile(join(made.dir, "access.test.yml"), tests(expected));
      return run("test", made.dir);
    };
    const passing =
      "reminders: [5], standIns: [{ delegate: U2, for: U3 }], breakGlass: allowed, steps: [{ name: owner }]";
    expect((await played(passing)).out).toMatch(/^ok {5}access\.yml \(\d+\)$/m);
    for (const [wrong, message] of [
      ["reminders: []", /expected \[\], decided \[5\]/],
      ["standIns: []", /expected \[\], decided .*U2.*U3/],
      ["breakGlass: no-break-glass", /decided "allowed"/],
      ["steps: [{ name: owner, escalate: { afterMinutes: 9 } }]", /decided owner \(1 of .*\)/],
    ] as const)
      expect(await played(wrong)).toMatchObject({ code: 1, out: expect.stringMatching(message) });
  });

  test("knows what the limits of a rule have counted", async () => {
    const used = one("{ verdict: people }").replace("    expect:", "    used: { requests: 5 }\n    expect:");
    await using made = await aDirectory(used);
    expect((await run("test", made.dir)).out).toMatch(/^ok {5}access\.yml \(1\)$/m);
    await writeFile(join(made.dir, "access.test.yml"), used.replace("requests: 5", "requests: 4"));
    expect((await run("test", made.dir)).out).toMatch(/expected people, decided automatic/);
  });

  test("names the group that the test says nothing of", async () => {
    await using made = await aDirectory(
      one("{ verdict: automatic }").replace("    onCall: { primary: [U1] }\n", ""),
    );
    expect((await run("test", made.dir)).out).toMatch(
      /expected automatic, decided people; .*unavailable: the test does not say/,
    );
  });

  test("a file that is wrong is refused by line", async () => {
    await using made = await aDirectory(one("{ verdict: maybe }"));
    expect(await run("test", made.dir)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/access\.test\.yml:8:\d+/),
    });
  });
});
