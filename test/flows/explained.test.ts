import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { jit } from "../../src/cli/jit.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  ask,
  cardSays,
  readCalls,
  fillForm,
  INCIDENTS,
  inThread,
  PATIENCE,
  stored,
  toldPrivately,
} from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const steps = `{ order: sequence, steps: [{ name: owner, anyOf: [orders-platform], count: 1 }, { name: keepers, anyOf: [order-keepers], count: 1 }] }`;
const rules = `
rules:
  - name: no-lists
    deny: 'runbook.name == "orders-recent-of-customer"'
    because: Ask for one order instead.
  - name: all-reads
    approve: 'runbook.name in ["orders-recent-of-customer", "orders-scan-by-note"]'
    limits: { perPersonPerDay: 2 }
  - name: stuck-list
    require: 'runbook.name == "orders-stuck-by-status"'
    steps: [{ name: finance, anyOf: [security], count: 1 }]
`;

const customer = { runbook: "orders-recent-of-customer", fields: { Customer: "C-1234" } };

describe("decisions that explain themselves", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": (text) =>
        `${text
          .replace("security: {", "order-keepers: { members: [U0LEAD, U0SECURITY] }\n  security: {")
          .replace("{ approvers: [orders-platform], count: 1 }", steps)}${rules}`,
    });
    world = await aWorld({ runbooksDir: copies.dir });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  // A form that was refused stays open.
  afterEach(async () => {
    const engineer = world.slack.as("engineer");
    const open = engineer.view();
    if (open) await engineer.close(open, { all: true });
  });

  /** What a command answers to this person alone. */
  async function answer(role: string, command: string): Promise<string> {
    const person = world.slack.as(role);
    return toldPrivately(person, () => person.command(command, { channel: INCIDENTS }));
  }

  test("explain says who decides and why, what rules would do, and what it would touch; nothing is asked for", async () => {
    const said = await answer("oncall", "/jit explain orders-by-id order_id=O-00000001");
    expect(said).toContain("Yes, as a member of engineering, by policy orders-read.");
    expect(said).toMatch(/owner: 1 of .*\(in orders-platform\)/);
    expect(said).toMatch(/keepers: 1 of .*\(in order-keepers\).*once the steps before it are approved/);
    expect(said).toContain("It lapses after 60 minutes.");
    expect(said).toContain("Yes, at once and without approval, as a member of incident-response");
    expect(said).toContain("stuck-list does not hold");
    expect(said).toContain("it adds the step finance (1 of security)");
    expect(said).toMatch(/Reads 8 attributes of one item of orders in production/);
    expect(said).toContain("[Request]");
    const person = { teamId: "T0SANDBOX", userId: "U0ONCALL" };
    expect(await world.store.ofPerson(person, 10)).toEqual([]);
  });

  test("explain without inputs, for others’ runbooks, and for what there is not", async () => {
    expect(await answer("oncall", "/jit explain orders-by-id")).toMatch(/no rule was asked: order_id: /);
    const others = await answer("security", "/jit explain orders-by-id order_id=O-00000001");
    expect(others).toContain("No: only members of engineering may");
    expect(others).not.toContain("[Request]");
    expect(await answer("oncall", "/jit explain orders-by-ld")).toContain("Did you mean “orders-by-id”?");
    expect(await answer("oncall", "/jit explain")).toContain("Say which runbook");
    expect(await answer("guest", "/jit explain orders-by-id")).toContain("Guest accounts can’t ask");
  });

  test("who says who can ask, decide, see and end", async () => {
    const said = await answer("oncall", "/jit who orders-by-id");
    expect(said).toMatch(/Who can ask for it[^]*engineering: /);
    expect(said).toMatch(/owner: 1 of orders-platform; policy orders-read/);
    expect(said).toMatch(/order-keepers: .*, /);
    expect(said).toContain("a masked preview of them stands in the thread");
    expect(said).toMatch(/in incident-response may start it at once, for 15 minutes at most/);
  });

  test("a rule that denies wins where another approves, at the form and in the explanation (field failure 22)", async () => {
    const refused = await fillForm(world, { as: "engineer", ...customer }).catch((error: unknown) => error);
    expect(JSON.stringify(refused)).toContain("no-lists");
    const said = await answer("oncall", "/jit explain orders-recent-of-customer customer_id=C-1234");
    expect(said).toContain("No: the rule no-lists denies it. Ask for one order instead.");
  });

  test.each([
    ["oncall", "orders-by-id", ["order_id=O-00000001"]],
    ["oncall", "orders-by-id", []],
    ["oncall", "orders-stuck-by-status", ["status=PAID", "older_than=2026-11-21T02:00:00Z"]],
    ["oncall", "orders-recent-of-customer", ["customer_id=C-1234"]],
    ["security", "orders-by-id", ["order_id=O-00000001"]],
  ])(
    "%s asking about %s %j is told the same in Slack and at the command line (field failure 24)",
    async (role, runbook, inputs) => {
      const slack = await answer(role, `/jit explain ${runbook} ${inputs.join(" ")}`);
      const lines: string[] = [];
      const io = {
        out: (line: string) => lines.push(line),
        err: (line: string) => lines.push(line),
        env: {},
      };
      await jit(["explain", runbook, ...inputs, "--as", `U0${role.toUpperCase()}`, "--dir", copies.dir], io);
      const sentences = lines.filter((line) => line.startsWith("  ")).map((line) => line.trim());
      expect(sentences.length).toBeGreaterThan(1);
      for (const sentence of sentences) expect(withIds(slack)).toContain(sentence);
    },
  );

  /** What the command line says to somebody about their own request. */
  async function atTheCommandLine(role: string, runbook: string, inputs: string[]) {
    const lines: string[] = [];
    const io = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(line), env: {} };
    const as = `U0${role.toUpperCase()}`;
    const code = await jit(["explain", runbook, ...inputs, "--as", as, "--dir", copies.dir], io);
    return { mayAsk: code === 0, said: lines.join("\n") };
  }

  test.each([
    ["oncall", "orders-by-id", ["order_id=O-00000001"], { "Order number": "O-00000001" }],
    ["lead", "orders-by-id", ["order_id=O-00000001"], { "Order number": "O-00000001" }],
    [
      "engineer",
      "orders-stuck-by-status",
      ["status=PAID", "older_than=2026-11-21T02:00:00Z"],
      { Status: "PAID", "In this status since before (UTC)": Date.parse("2026-11-21T02:00:00Z") / 1000 },
    ],
  ])(
    "what %s asks for by %s waits for whom the command line says (field failure 24)",
    async (role, runbook, inputs, fields) => {
      const { mayAsk, said } = await atTheCommandLine(role, runbook, inputs);
      expect(mayAsk).toBe(true);
      const asked = await ask(world, { as: role, runbook, fields });
      const { approval } = (await stored(world, asked.requestId)).request;
      const told = [...said.matchAll(/^ {2}(\w+): (\d+) of (.*)$/gm)].map(([, name, count, who = ""]) => ({
        name,
        count: Number(count),
        who: [...who.matchAll(/U0\w+/g)].map(String).toSorted(),
      }));
      const waitsFor = approval.steps?.map(({ name, count, approvers }) => ({
        name,
        count,
        who: approvers.map((at) => approval.approvers[at]?.userId ?? "").toSorted(),
      }));
      expect(waitsFor?.length).toBeGreaterThan(0);
      expect(told).toEqual(waitsFor);
    },
  );

  test("what the command line says no to is refused when it is sent, by the same sentence (field failure 24)", async () => {
    const sentence = "Ask for one order instead.";
    const { mayAsk, said } = await atTheCommandLine("engineer", customer.runbook, ["customer_id=C-1234"]);
    expect(mayAsk).toBe(false);
    expect(said).toContain(`the rule no-lists denies it. ${sentence}`);
    const refused = await fillForm(world, { as: "engineer", ...customer });
    expect(refused.view?.rendered).toContain("no-lists");
    expect(refused.view?.rendered).toContain(sentence);
    const person = { teamId: "T0SANDBOX", userId: "U0ENGINEER" };
    const names = (await world.store.ofPerson(person, 10)).map(({ plan }) => plan.runbook.name);
    expect(names).not.toContain(customer.runbook);
  });

  test("the same person in the groups of two steps counts once, and each card says why it came (field failure 4)", async () => {
    const asked = await ask(world);
    const own = await world.slack.as("lead").waitForMessage("dm", asked.reason, PATIENCE);
    expect(own.rendered).toMatch(
      /You are asked because you are in orders-platform \(policy orders-read\) for the step \*owner\*, and in order-keepers \(policy orders-read\) for the step \*keepers\*, which comes later\. You count once/,
    );
    expect(asked.card.rendered).toMatch(/\*owner\* 0 of 1 from orders-platform; 1 missing: .* can/);
    await approve(world, asked, "lead");
    const card = await cardSays(world, asked, "*owner* 1 of 1");
    expect(card.rendered).toMatch(/\*owner\* 1 of 1 from orders-platform by @?.*lead.* ✔/i);
    expect(card.rendered).toMatch(/\*keepers\* 0 of 1 from order-keepers; 1 missing: .*security.* can/i);
    expect((await stored(world, asked.requestId)).request.state).toBe("pending");
    await approve(world, asked, "security");
    await inThread(world, asked, "✔");
    const { request } = await stored(world, asked.requestId);
    expect(request.votes.map(({ by, steps: of }) => [by.userId, of])).toEqual([
      ["U0LEAD", ["owner"]],
      ["U0SECURITY", ["keepers"]],
    ]);
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("a double click on one step never counts for the next one (field failure 3)", async () => {
    const asked = await ask(world);
    await approve(world, asked, "lead");
    const told = await toldPrivately(world.slack.as("lead"), () => approve(world, asked, "lead"));
    expect(told).toContain("one person is one vote");
    expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [{}] });
  });

  test("status and Home say what waits for a person’s vote, when it is their turn, and why them", async () => {
    const asked = await ask(world);
    expect(await answer("security", "/jit status")).not.toContain(asked.requestId);
    const lead = await answer("lead", "/jit status");
    expect(lead).toContain("Waiting for your vote");
    expect(lead).toMatch(
      new RegExp(`${asked.requestId}[^]*You are asked because you are in orders-platform`),
    );
    await approve(world, asked, "approver2");
    await cardSays(world, asked, "*owner* 1 of 1");
    expect(await answer("security", "/jit status")).toContain(asked.requestId);
    const security = world.slack.as("security");
    await security.openHome();
    const home = await world.slack.until(() => {
      const view = security.home();
      return view?.rendered.includes(asked.requestId) ? view : undefined;
    });
    expect(home.rendered).toContain("for the step *keepers*");
    await approve(world, asked, "security");
    await inThread(world, asked, "✔");
    expect(await answer("security", "/jit status")).not.toContain(asked.requestId);
  });

  test("a step that the policy adds while a request waits is on the card, with who is missing (field failure 26)", async () => {
    const asked = await ask(world);
    await copies.edit("access.yml", (text) =>
      text.replace(
        "anyOf: [order-keepers], count: 1 }]",
        "anyOf: [order-keepers], count: 1 }, { name: third, anyOf: [security], count: 1 }]",
      ),
    );
    await copies.edit("access.yml", (text) =>
      text.replace("security: { members: [U0SECURITY]", "security: { members: [U0SECURITY, U0ENGINEER]"),
    );
    expect(await world.app.reload()).toBe("changed");
    await approve(world, asked, "approver2");
    const card = await cardSays(world, asked, "*third* 0 of 1");
    expect(card.rendered).toContain("the policy asks for more since then");
    expect(card.rendered).toMatch(
      /\*third\* 0 of 1 from security; 1 missing: .* can, after the steps before it/,
    );
  });
});

/** People as the command line names them. */
function withIds(rendered: string): string {
  return rendered.replaceAll(
    /@([\w-]+)/g,
    (_, role: string) => `U0${role.toUpperCase().replaceAll("-", "")}`,
  );
}
