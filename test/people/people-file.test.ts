import { describe, expect, test } from "vitest";
import { describeProblem } from "../../src/errors.ts";
import { identify } from "../../src/people/identify.ts";
import { linkPeople } from "../../src/people/link-people.ts";
import { linkedTo, readPeople, type People } from "../../src/people/people-file.ts";

function read(text: string): People | string[] {
  const file = readPeople("people.yml", Buffer.from(text));
  return file.status === "read" ? file.value : file.problems.map(describeProblem);
}

describe("people.yml", () => {
  test("links Slack users to who they are elsewhere", () => {
    const people = read(
      "people:\n  U0AAA:\n    pagerduty: PAAA\n  T0T:U0BBB:\n    opsgenie: AbC-1\n    sso: idp|7\n",
    ) as People;
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
    expect(read("people:\n  U0AAA: {}\nmatchByEmail: true\n")).toEqual([
      expect.stringMatching(/^people\.yml:2:3 people\.U0AAA: nothing is linked here/),
      'people.yml:3:1 matchByEmail: the key "matchByEmail" is not known here',
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

test("people are linked by people.yml alone", () => {
  const found = [
    { providerId: "PNEW", display: "New" },
    { providerId: "PLINKED", display: "Linked" },
  ];
  expect(linkPeople("pagerduty", found, { people: { U0LINKED: { pagerduty: "PLINKED" } } })).toEqual([
    { providerId: "PNEW", display: "New" },
    { providerId: "PLINKED", slackUserId: "U0LINKED", display: "Linked" },
  ]);
});
