import type { Channel, Person, UserGroup } from "./workspace.ts";

export const homeTeam = { id: "T0SANDBOX", domain: "sandbox", name: "Sandbox" };
export const otherTeam = { id: "T0OTHER", domain: "other", name: "Other organisation" };
export const appIdentity = { appId: "A0JIT", botId: "B0JIT", botUserId: "U0JITBOT", name: "jit" };

/** The people of the sandbox, known by their role. */
export function defaultPeople(): Person[] {
  return [
    person("oncall", "On-call engineer"),
    person("engineer", "Second engineer"),
    person("lead", "Team lead"),
    person("approver2", "Second approver"),
    person("security", "Security approver"),
    person("guest", "Guest", { isRestricted: true }),
    person("ultra-guest", "Single-channel guest", { isRestricted: true, isUltraRestricted: true }),
    person("outsider", "Person of the other organisation", { teamId: otherTeam.id, isStranger: true }),
    person("deactivated", "Deactivated engineer", { deleted: true }),
    person("bot", "Another app's bot", { id: "U0OTHERBOT", isBot: true }),
    person("jit", "JIT", { id: appIdentity.botUserId, isBot: true }),
  ];
}

export function defaultChannels(): Channel[] {
  const staff = ["oncall", "engineer", "lead", "approver2", "security"];
  const guests = ["guest", "ultra-guest", "bot", "deactivated"];
  return [
    channel("C0APPROVALS", "jit-approvals", [...staff, ...guests, "jit"]),
    channel("C0INCIDENTS", "incidents", [...staff, ...guests, "jit"]),
    channel("C0INC4211", "inc-4211", [...staff, "jit"]),
    channel("C0SHARED", "shared-with-other", ["oncall", "lead", "outsider", "jit"], { isExtShared: true }),
    channel("C0AUDIT", "jit-audit", ["lead", "security", "jit"], { isPrivate: true }),
    channel("C0NOBOT", "no-bot", ["oncall", "lead"]),
    channel("C0ARCHIVED", "archived", ["oncall", "lead", "jit"], { isArchived: true }),
  ];
}

export function defaultUserGroups(): UserGroup[] {
  return [
    {
      id: "S0ORDERS",
      handle: "orders-approvers",
      name: "Orders approvers",
      users: ["U0LEAD", "U0APPROVER2"],
    },
    { id: "S0SECURITY", handle: "security-approvers", name: "Security approvers", users: ["U0SECURITY"] },
  ];
}

/** The id of a default persona: `ultra-guest` is `U0ULTRAGUEST`. */
function personaId(role: string): string {
  return `U0${role.toUpperCase().replaceAll(/[^A-Z0-9]/g, "")}`;
}

function person(role: string, realName: string, traits: Partial<Person> = {}): Person {
  return {
    id: personaId(role),
    role,
    realName,
    teamId: homeTeam.id,
    deleted: false,
    isBot: false,
    isRestricted: false,
    isUltraRestricted: false,
    isStranger: false,
    tz: "Europe/Dublin",
    ...traits,
  };
}

function channel(id: string, name: string, roles: string[], traits: Partial<Channel> = {}): Channel {
  const ids = roles.map((role) =>
    role === "jit" ? appIdentity.botUserId : role === "bot" ? "U0OTHERBOT" : personaId(role),
  );
  return {
    id,
    name,
    members: new Set(ids),
    isPrivate: false,
    isArchived: false,
    isExtShared: false,
    ...traits,
  };
}
