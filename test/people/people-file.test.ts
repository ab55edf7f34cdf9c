import { describe, expect, test } from "vitest";
import { describeProblem } from "../../src/errors.ts";
import { identify } from "../../src/people/identify.ts";
import { linkPeople } from "../../src/people/link-people.ts";
import { linkedTo, readPeople, type People } from "../../src/people/people-file.ts";
import { slackEmails } from "../../src/people/slack-emails.ts";
import { slackRefuses } from "./slack-refuses.ts";

function read(text: string): People | string[] {
  const file = readPeople("people.yml", Buffer.from(text));
  return file.status === "read" ? file.value : file.problems.map(describeProblem);
}

describe("people.yml", () => {
  test("links Slack users to who they are elsewhere, and matches no e-mail addresses unless told", () => {
    const people = read(
      "people:\n  U0AAA:\n    pagerduty: PAAA\n  T0T:U0BBB:\n    opsgenie: AbC-1\n    sso: idp|7\n",
    ) as People;
    expect(people.matchByEmail).toBe(false);
    expect(linkedTo(people, "pagerduty", "PAAA")).toBe("U0AAA");
    expect(linkedTo(people, "pagerduty", "paaa")).toBeUndefined();
    expect(linkedTo(people, "opsgenie", "aBc-1")).toBe("T0T:U0BBB");
    const other = { teamId: "T0T", userId: "U0BBB" };
    expect(identify(people, other, "T0HOME")).toEqual({ ...other, subject: "idp|7" });
    expect(identify(people, { ...other, teamId: "T0HOME" }, "T0HOME")).not.toHaveProperty("subject");
    expect(identify(people, { teamId: "T0HOME", userId: "U0AAA" }, "T0HOME")).not.toHaveProperty("subject");
  });

  test("links several accounts of a person to one subject, the bot's own team unsaid", () => {
    const people = read("people:\n  U0AAA: { sso: idp|7 }\n  U0BBB: { sso: idp|7 }\n") as People;
    for (const userId of ["U0AAA", "U0BBB"]) {
      const home = { teamId: "T0HOME", userId };
      expect(identify(people, home, "T0HOME")).toEqual({ ...home, subject: "idp|7" });
      expect(identify(people, { ...home, teamId: "T0T" }, "T0HOME")).not.toHaveProperty("subject");
      // What somebody claims of themselves counts for nothing.
      expect(identify({ ...people, people: {} }, { ...home, subject: "idp|1" }, "T0HOME")).toEqual(home);
    }
  });

  test("says what is wrong with file and line", () => {
    expect(
      read("people:\n  someone@example.com:\n    pagerduty: PAAA\n  U0AAA:\n    pagerduty: a@b.example\n"),
    ).toEqual([
      "people.yml:2:3 people.someone@example.com: a person is a Slack user id like U0123ABCD, or T0123ABCD:U0123ABCD (received a mapping)",
      expect.stringMatching(/^people\.yml:5:5 people\.U0AAA\.pagerduty: a PagerDuty user's id/),
    ]);
    expect(read("people:\n  U0AAA: {}\nmatchByMail: true\n")).toEqual([
      expect.stringMatching(/^people\.yml:2:3 people\.U0AAA: nothing is linked here/),
      'people.yml:3:1 matchByMail: the key "matchByMail" is not known here',
    ]);
  });

  test("links one identity to one Slack user only", () => {
    expect(
      read("people:\n  U0AAA:\n    opsgenie: abc\n  U0BBB:\n    pagerduty: P1\n    opsgenie: ABC\n"),
    ).toEqual([
      "people.yml:6:5 people.U0BBB.opsgenie: the same opsgenie identity is linked to U0AAA already",
    ]);
  });
});

describe("matching by e-mail address", () => {
  const found = [{ providerId: "PNEW", display: "New", email: "new@example.com" }];
  const account = { id: "U0NEW", profile: { email: "New@example.com" } };

  function slack(answer: () => Promise<unknown>) {
    const asked: string[] = [];
    const emails = slackEmails(
      {
        users: {
          lookupByEmail: ({ email }) => {
            asked.push(email);
            return answer();
          },
        },
      },
      { timeoutMs: 100 },
    );
    return { emails, asked };
  }

  const on: People = { matchByEmail: true, people: {} };

  test("happens only where it is switched on", async () => {
    const { emails, asked } = slack(async () => ({ ok: true, user: account }));
    expect(await linkPeople("pagerduty", found, { ...on, matchByEmail: false }, emails)).toMatchObject({
      value: [{ providerId: "PNEW" }],
    });
    expect(asked).toEqual([]);
    expect(await linkPeople("pagerduty", found, on, emails)).toEqual({
      status: "known",
      value: [{ providerId: "PNEW", slackUserId: "U0NEW", display: "New" }],
    });
  });

  test("never gives somebody who is linked to another identity, and never asks for somebody who has a link", async () => {
    const { emails, asked } = slack(async () => ({ user: account }));
    const taken: People = { ...on, people: { U0NEW: { pagerduty: "POLD" } } };
    expect(await linkPeople("pagerduty", found, taken, emails)).toEqual({
      status: "known",
      value: [{ providerId: "PNEW", display: "New" }],
    });
    asked.length = 0;
    const linked: People = { ...on, people: { U0LINKED: { pagerduty: "PNEW" } } };
    expect(await linkPeople("pagerduty", found, linked, emails)).toMatchObject({
      value: [{ slackUserId: "U0LINKED" }],
    });
    expect(asked).toEqual([]);
  });

  test.each([
    ["a guest", { ...account, is_restricted: true }],
    ["a deactivated account", { ...account, deleted: true }],
    ["a bot", { ...account, is_bot: true }],
    ["somebody of another organisation", { ...account, is_stranger: true }],
    ["somebody with another address", { ...account, profile: { email: "other@example.com" } }],
  ])("never gives %s", async (_, user) => {
    const { emails } = slack(async () => ({ user }));
    const linked = await linkPeople("pagerduty", found, on, emails);
    expect(linked).toEqual({ status: "known", value: [{ providerId: "PNEW", display: "New" }] });
  });

  test("leaves unlinked whom Slack does not know, and is unavailable when Slack is", async () => {
    const refused = (code: string) => slack(slackRefuses(code));
    expect(await linkPeople("pagerduty", found, on, refused("users_not_found").emails)).toEqual({
      status: "known",
      value: [{ providerId: "PNEW", display: "New" }],
    });
    expect(await linkPeople("pagerduty", found, on, refused("missing_scope").emails)).toEqual({
      status: "unavailable",
      why: "Slack does not let this bot look there (scope users:read.email is missing)",
    });
    const silent = slack(() => new Promise(() => {}));
    expect(await linkPeople("pagerduty", found, on, silent.emails)).toEqual({
      status: "unavailable",
      why: "Slack did not answer within 0.1 s",
    });
  });
});
