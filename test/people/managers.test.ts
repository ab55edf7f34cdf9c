import type { WebClient } from "@slack/web-api";
import { describe, expect, test } from "vitest";
import { describeProblem } from "../../src/errors.ts";
import { managersFromFile, readManagers } from "../../src/people/managers-file.ts";
import { managersInProfiles, type ProfilesClient } from "../../src/people/managers-in-profiles.ts";
import { slackRefuses } from "./slack-refuses.ts";

describe("managers.yml", () => {
  test("names managers; who is not in it has none", async () => {
    const file = readManagers("managers.yml", Buffer.from("managers:\n  U0REPORT: U0MANAGER\n"));
    if (file.status === "refused") throw new Error("refused");
    const managers = managersFromFile(() => file.value);
    expect(await managers.managerOf("U0REPORT")).toEqual({ status: "known", value: "U0MANAGER" });
    expect(await managers.managerOf("U0MANAGER")).toEqual({ status: "known", value: undefined });
    expect(await managers.managerOf("constructor")).toEqual({ status: "known", value: undefined });
  });

  test("says with file and line who is their own manager or nobody's id", () => {
    const lines = (text: string) => {
      const file = readManagers("managers.yml", Buffer.from(text));
      return file.status === "read" ? [] : file.problems.map(describeProblem);
    };
    expect(lines("managers:\n  U0A: U0B\n  U0B: U0B\n")).toEqual([
      "managers.yml:3:3 managers.U0B: nobody is their own manager",
    ]);
    expect(lines("managers:\n  U0A: boss@example.com\n")).toEqual([
      expect.stringMatching(/^managers\.yml:2:3 managers\.U0A: a person is a Slack user id/),
    ]);
  });
});

describe("managers in Slack profiles", () => {
  const field = "Xf0MANAGER";
  const isProtected = { id: field, type: "user", options: { is_protected: true } };

  function slack(fields: unknown, definition: unknown = isProtected): ProfilesClient {
    return {
      users: { profile: { get: async () => ({ ok: true, profile: { fields } }) } },
      team: { profile: { get: async () => ({ ok: true, profile: { fields: [definition] } }) } },
    };
  }

  const named = { [field]: { value: "U0MANAGER", alt: "" } };

  test("are read from the field", async () => {
    const managers = managersInProfiles(slack(named), { field });
    expect(await managers.managerOf("U0REPORT")).toEqual({ status: "known", value: "U0MANAGER" });
  });

  test.each([null, [], undefined, {}, { Xf0OTHER: { value: "U0X" } }, { [field]: { value: "" } }])(
    "are nobody when the profile has %j",
    async (fields) => {
      const managers = managersInProfiles(slack(fields), { field });
      expect(await managers.managerOf("U0REPORT")).toEqual({ status: "known", value: undefined });
    },
  );

  test.each([
    [
      "people may edit the field",
      { ...isProtected, options: { is_protected: false } },
      "people may edit the Slack profile field",
    ],
    [
      "nothing says that it is protected",
      { ...isProtected, options: null },
      "people may edit the Slack profile field",
    ],
    ["the field is no person", { ...isProtected, type: "text" }, "Slack profiles have no field"],
    ["there is no such field", { ...isProtected, id: "Xf0OTHER" }, "Slack profiles have no field"],
  ])("are unavailable when %s", async (_, definition, why) => {
    const managers = managersInProfiles(slack(named, definition), { field });
    expect(await managers.managerOf("U0REPORT")).toMatchObject({
      status: "unavailable",
      why: expect.stringContaining(why) as string,
    });
  });

  test("may come from an editable field only where the deployment says so", async () => {
    const managers = managersInProfiles(slack(named, { ...isProtected, options: [] }), {
      field,
      allowEditable: true,
    });
    expect(await managers.managerOf("U0REPORT")).toEqual({ status: "known", value: "U0MANAGER" });
  });

  test("are unavailable when they would be the person themselves, or no Slack user", async () => {
    const own = managersInProfiles(slack({ [field]: { value: "U0REPORT" } }), { field });
    expect((await own.managerOf("U0REPORT")).status).toBe("unavailable");
    expect((await own.managerOf("T0T:U0REPORT")).status).toBe("unavailable");
    const text = managersInProfiles(slack({ [field]: { value: "the boss" } }), { field });
    expect((await text.managerOf("U0REPORT")).status).toBe("unavailable");
  });

  test("are unavailable when either question fails", async () => {
    const unknown = { ...slack(named), users: { profile: { get: slackRefuses("user_not_found") } } };
    expect(await managersInProfiles(unknown, { field }).managerOf("U0REPORT")).toEqual({
      status: "unavailable",
      why: "Slack does not know that person",
    });
    const noScope = { ...slack(named), team: { profile: { get: slackRefuses("missing_scope") } } };
    expect((await managersInProfiles(noScope, { field }).managerOf("U0REPORT")).status).toBe("unavailable");
  });

  test("can be asked of Slack's own client", () => {
    const fits = (client: WebClient) => managersInProfiles(client, { field });
    expect(fits).toBeTypeOf("function");
  });
});
