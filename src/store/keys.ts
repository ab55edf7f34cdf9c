import type { PersonId } from "../runbook/plan.ts";

/**
 * Every key of the one table. `pk`/`sk` name an item; each index is sparse: an item without its key is not in it.
 *
 * | index | question | key |
 * |---|---|---|
 * | (table) | one request; stand-alone facts of a day | `REQ#<id>`, `FACT#<day>` |
 * | (table) | which requests hold a person's places for open ones, whatever workspace they act in | `PLACES#<user>` |
 * | (table) | which reviews are owed for a person's break-glass, whatever workspace they act in | `REVIEWS#<user>`, `REVIEWS#SSO#<subject>` |
 * | (table) | what a rule approved of a person on a day | `ALLOWED#<rule>#<user>` / day |
 * | (table) | which recipes may be open, by runbook | `RECIPES` |
 * | (table) | which requests a recipe approved | `RECIPE#<id>` |
 * | (table) | which grants belong into a data role's deny-list, and who writes it now | `DENY#<role>` |
 * | (table) | which approvers are away, and who approves for them | `AWAY` |
 * | (table) | how the last canary ended | `CANARY` |
 * | `due` | which open requests should somebody look at by now | `OPEN` / time |
 * | `person` | the requests of a person, newest first | `PERSON#<team>:<user>` / time |
 */
export const keys = {
  request: (id: string) => ({ pk: `REQ#${id}`, sk: "REQUEST" }),
  fact: (at: string, id: string) => ({
    pk: `FACT#${at.slice(0, 10)}`,
    sk: `${at.slice(0, "2026-11-21T02".length)}#${id}`,
  }),
  places: ({ userId }: PersonId) => ({ pk: `PLACES#${userId}`, sk: "PLACES" }),
  reviews: ({ userId, subject }: PersonId) =>
    [userId, ...(subject === undefined ? [] : [`SSO#${subject}`])].map((name) => ({
      pk: `REVIEWS#${name}`,
      sk: "REVIEWS",
    })),
  allowance: (key: string, day: string) => ({ pk: `ALLOWED#${key}`, sk: day }),
  recipes: () => ({ pk: "RECIPES", sk: "RECIPES" }),
  recipeRuns: (id: string) => ({ pk: `RECIPE#${id}`, sk: "RUNS" }),
  denyList: (role: string) => ({ pk: `DENY#${role}`, sk: "DENY" }),
  canary: () => ({ pk: "CANARY", sk: "LAST" }),
  away: () => ({ pk: "AWAY", sk: "AWAY" }),
  due: (at: string, id: string) => ({ duePk: "OPEN", dueSk: `${at}#${id}` }),
  person: (person: PersonId, createdAt: string, id: string) => ({
    personPk: `PERSON#${person.teamId}:${person.userId}`,
    personSk: `${createdAt}#${id}`,
  }),
} as const;

export const indexes = { due: "due", person: "person" } as const;
