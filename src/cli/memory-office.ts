import type { People, RecipeEntry, RequestStore, StoredRequest } from "../workflow/ports.ts";
import type { Deps } from "../workflow/deps.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { checkSql } from "../sql/check-sql.ts";

type Given = { catalogue: Catalogue; team: string; people: People; at: Date };

/** All that the use cases need, in memory and at one moment: for tests of a policy, where nothing runs and nobody is told. */
export function memoryOffice({ catalogue, team, people, at }: Given): Deps {
  const nothing = async () => {};
  return {
    store: memoryStore(),
    places: { take: async () => "taken" },
    reviews: { owe: nothing, owed: async () => [], settle: nothing },
    queue: { run: nothing, project: nothing, wake: nothing, stop: nothing },
    directory: { check: async () => ({ status: "ok" }) },
    people,
    channels: { look: async () => "unknown" },
    allowances: {
      takeAllowance: async () => "exhausted",
      taken: async () => ({ requests: 0, rows: 0, bytes: 0 }),
    },
    delegations: { all: async () => [], set: nothing, end: nothing },
    recipes: memoryRecipes(),
    openRequests: async () => [],
    clock: { now: () => at },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    catalogue: () => catalogue,
    checkSql: async (text, guardrails, now) => checkSql(text, guardrails, now),
    team,
  };
}

function memoryStore(): RequestStore {
  const requests = new Map<string, StoredRequest>();
  const projection = { shownVersion: 0, copies: [], toldSeq: -1 };
  return {
    async create(request) {
      requests.set(request.id, { request, version: 1, projection, projectionRevision: 0 });
      return "created";
    },
    get: async (id) => requests.get(id),
    async change(id, decide) {
      const stored = requests.get(id);
      if (!stored) return { status: "not-found" };
      const outcome = decide(stored.request);
      if (outcome.status === "changed")
        requests.set(id, { ...stored, request: outcome.request, version: stored.version + 1 });
      return outcome;
    },
    heartbeat: async () => "not-found",
    ofPerson: async () => [],
    due: async () => [],
    lookAgain: async () => false,
    recordFact: async () => {},
    saveProjection: async () => "saved",
  };
}

function memoryRecipes(): Deps["recipes"] {
  let entered: RecipeEntry[] = [];
  const used = new Map<string, Set<string>>();
  return {
    async enter(entry) {
      entered = [...entered, entry];
      return "entered";
    },
    entries: async () => entered,
    strike: async () => {},
    async takeRun(recipe, requestId, { runs }) {
      const taken = used.get(recipe) ?? new Set();
      if (taken.size >= runs) return "used-up";
      used.set(recipe, taken.add(requestId));
      return taken.size;
    },
    runsTaken: async (recipe) => used.get(recipe)?.size ?? 0,
  };
}
