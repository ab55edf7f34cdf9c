import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkSql } from "../../src/sql/check-sql.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { guardrails, now } from "../sql/fixtures.ts";
import { approve, type Asked, ask, fillForm, INCIDENTS, PATIENCE, stored, toldPrivately } from "./acting.ts";
import { type AthenaRunbooks, athenaRunbooks } from "./athena-runbooks.ts";
import { textsLexedHere } from "./texts-lexed-here.ts";

/** Stands in each text of a requester here, and in no file. */
const MARK = "written_by_hand";
const yesterday = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");
const written = (limit: number, table = "cloudtrail_logs") =>
  `SELECT eventname AS ${MARK}, eventtime FROM ${table} WHERE account = '111122223333' AND region = 'eu-west-1' AND day = '${yesterday}' LIMIT ${limit}`;

describe("a query that its requester wrote is read in a thread of its own, where it holds up nobody", () => {
  let runbooks: AthenaRunbooks;
  let world: World;

  beforeAll(async () => {
    runbooks = await athenaRunbooks();
    const change = async (file: string, from: string, to: string) => {
      const path = join(runbooks.dir, file);
      const before = await readFile(path, "utf8");
      expect(before).toContain(from);
      await writeFile(path, before.replace(from, to));
    };
    await change("trail-hunt.yml", "tests:", "narrowing: [duration]\ntests:");
    for (const file of ["trail-hunt.yml", "trail-adhoc.yml"])
      await change(file, "timeoutSeconds: 6,", "timeoutSeconds: 60,");
    await change(
      "datasources.yml",
      "workgroup: { name: jit-cloudtrail, results: managed }",
      "workgroup: { name: jit-cloudtrail, results: managed }\n    preflight: validate",
    );
    world = await aWorld({ runbooksDir: runbooks.dir, overrides: { sweepEveryMs: 200 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await runbooks?.[Symbol.asyncDispose]();
  });

  /** Of all that this thread reads from now on, what a requester wrote. */
  function watch() {
    const lexed = textsLexedHere();
    const theirs = () => lexed.texts.filter((text) => text.includes(MARK));
    return { theirs, [Symbol.dispose]: () => lexed[Symbol.dispose]() };
  }

  test("what this thread reads itself would be seen", () => {
    using lexed = watch();
    checkSql(written(1), guardrails, now);
    expect(lexed.theirs()).toContain(written(1));
  });

  test("when it is explained", async () => {
    using lexed = watch();
    const person = world.slack.as("oncall");
    const command = `/jit explain trail-hunt query="${written(3)}"`;
    const said = await toldPrivately(person, () => person.command(command, { channel: INCIDENTS }));
    expect(said).toContain("trail-read");
    expect(said).toContain(yesterday);
    expect(lexed.theirs()).toEqual([]);
  });

  test("when it is refused", async () => {
    using lexed = watch();
    const refused = await fillForm(world, {
      runbook: "trail-hunt",
      fields: { Query: written(3, "crm.customers") },
      window: true,
    });
    const person = world.slack.as("oncall");
    // On the field, or in the view where the answer came later than Slack waits.
    const said =
      refused.status === "invalid"
        ? JSON.stringify(refused.fieldErrors)
        : (await person.waitForView("may not be read here", PATIENCE)).rendered;
    expect(said).toContain("may not be read here");
    await person.close(person.view()!, { all: true });
    expect(lexed.theirs()).toEqual([]);
  });

  test("when it is asked for, narrowed, checked before it runs, validated, run, followed by another and run again", async () => {
    using lexed = watch();
    const asked = await ask(world, { runbook: "trail-hunt", fields: { Query: written(3) }, window: true });
    expect(lexed.theirs()).toEqual([]);
    await approveForLess(asked);
    await ranWell(asked, 1);
    expect(lexed.theirs()).toEqual([]);

    const person = world.slack.as("oncall");
    const copy = await person.waitForMessage("dm", says(asked, "Ask another query"), PATIENCE);
    await person.click(copy, "Ask another query");
    const form = await person.waitForView("Run it", PATIENCE);
    expect(await person.fill(form, { Query: written(2) }).submit()).toMatchObject({ status: "ok" });
    await ranWell(asked, 2);
    expect(lexed.theirs()).toEqual([]);

    const again = await person.waitForMessage("dm", says(asked, "Run again"), PATIENCE);
    await person.click(again, "Run again");
    const { request } = await ranWell(asked, 3);
    expect(request).toMatchObject({ plan: { grant: { durationMinutes: 10 } }, wider: [{}] });
    const sent = world.aws.calls
      .query({ service: "athena", operation: "StartQueryExecution" })
      .filter(({ tags }) => tags["grant"] === asked.requestId)
      .map(({ request: call }) => (call as { QueryString: string }).QueryString);
    expect(sent.filter((text) => text.startsWith("EXPLAIN"))).toHaveLength(3);
    expect(sent.every((text) => text.includes(MARK))).toBe(true);
    expect(lexed.theirs()).toEqual([]);
  });

  test("when one text is approved and runs", async () => {
    using lexed = watch();
    const asked = await ask(world, { runbook: "trail-adhoc", fields: { Query: written(3) } });
    await approve(world, asked);
    await ranWell(asked, 1);
    expect(lexed.theirs()).toEqual([]);
  });

  function says({ requestId }: Asked, words: string) {
    return (text: string) => text.includes(requestId) && text.includes(words);
  }

  function ranWell(asked: Asked, run: number) {
    return stored(world, asked.requestId, ({ request }) => {
      const [last] = request.runs.filter(({ no }) => no === run);
      return last?.state === "succeeded" && last.delivery !== undefined;
    });
  }

  async function approveForLess({ card }: Asked): Promise<void> {
    const person = world.slack.as("lead");
    await person.click(card, "jit_approve_less");
    const view = await person.waitForView("Approve this", PATIENCE);
    const outcome = await person.fill(view, { "How many minutes": "10" }).submit();
    expect(outcome).toMatchObject({ status: "ok" });
    if (outcome.view) await person.close(outcome.view, { all: true });
  }
});
