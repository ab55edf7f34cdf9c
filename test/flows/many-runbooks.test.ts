import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { APPROVALS, INCIDENTS, nextReason, PATIENCE } from "./acting.ts";
import { runbookCopies, type RunbookCopies } from "./runbook-copies.ts";

const HOW_MANY = 130;

/** Unlike each other's, also as parts of each other. */
const names = Array.from({ length: HOW_MANY }, (_, i) => `orders-numbered-${String(i).padStart(3, "0")}`);

describe(`${HOW_MANY} runbooks, more than one of Slack's menus holds (field failure 31)`, () => {
  let world: World;
  let copies: RunbookCopies;

  beforeAll(async () => {
    copies = await runbookCopies();
    const pattern = await readFile(join(copies.dir, "orders-by-id.yml"), "utf8");
    for (const name of names) {
      const text = pattern
        .replace("name: orders-by-id", `name: ${name}`)
        .replace(/^( {2}title:).*$/m, `$1 Order ${name}`);
      await writeFile(join(copies.dir, `${name}.yml`), text);
    }
    world = await aWorld({ runbooksDir: copies.dir });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  const openPicker = async () => {
    const person = world.slack.as("oncall");
    await person.command("/jit request", { channel: INCIDENTS });
    return person.waitForView("Which runbook?", PATIENCE);
  };

  test("every one is found by its name, and no answer is longer than Slack takes", async () => {
    const person = world.slack.as("oncall");
    const picker = await openPicker();
    for (const typed of ["", "order", "numbered"]) {
      const { options: found } = await person.suggest(picker, "jit_pick", typed);
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThanOrEqual(100);
    }
    for (const name of names) {
      const { options } = await person.suggest(picker, "jit_pick", name);
      expect(options.map((option) => option["value"])).toEqual([name]);
    }
    await person.close(picker, { all: true });
  });

  test.each([names[0]!, names[99]!, names[100]!, names[129]!])("%s is picked and asked for", async (name) => {
    const person = world.slack.as("oncall");
    await person.select(await openPicker(), "jit_pick", name);
    const form = await person.waitForView("Send request", PATIENCE);
    const reason = nextReason();
    const sent = await person
      .fill(form, { "Order number": "O-00000001", Reason: reason, "Incident or ticket": "INC-4211" })
      .submit();
    expect(sent.status).toBe("ok");
    const card = await world.slack.as("lead").waitForMessage(APPROVALS, reason, PATIENCE);
    expect(card.rendered).toContain(`Order ${name}`);
  });

  test("every one can be asked for by name in the command", async () => {
    const person = world.slack.as("oncall");
    for (const name of [names[1]!, names[64]!, names[128]!]) {
      await person.command(`/jit request ${name}`, { channel: INCIDENTS });
      const form = await person.waitForView(`Order ${name}`, PATIENCE);
      await person.close(form, { all: true });
    }
  });

  test("the list names as many as fit, and says how to find the others", async () => {
    const person = world.slack.as("oncall");
    const before = person.ephemerals().at(-1)?.ts ?? "0";
    await person.command("/jit runbooks", { channel: INCIDENTS });
    const list = await person.waitForEphemeral("", { ...PATIENCE, after: before });
    expect(list.rendered).toMatch(/15 of 1\d\d shown/);
    await person.command("/jit runbooks numbered-077", { channel: INCIDENTS });
    const found = await person.waitForEphemeral("orders-numbered-077", { ...PATIENCE, after: list.ts });
    expect(found.rendered).toContain("1 runbook with");
  });
});
