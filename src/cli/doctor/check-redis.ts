import { connectRedis } from "../../queue/connect-redis.ts";
import { error, type Finding, nameOf, ok, unseen, warning } from "./finding.ts";

const about = "redis";
const quiet = { info() {}, warn() {}, error() {} };

/** The queue's Redis: reachable, writable, forgets nothing that waits in it. */
export async function checkRedis(url: string): Promise<Finding[]> {
  const redis = connectRedis(url, quiet);
  try {
    const facts = factsOf(await redis.info());
    return [
      ok(about, `Redis ${facts.get("redis_version") ?? ""} answers.`),
      ...roleFinding(facts),
      policyFinding(facts),
      persistenceFinding(facts, await savePoints(() => redis.config("GET", "save"))),
      ...transportFinding(url),
    ];
  } catch (thrown) {
    return [
      error(
        about,
        `Redis can't be used (${nameOf(thrown)}).`,
        "Check REDIS_URL: host, port, password, TLS (rediss://), and the network between.",
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

function roleFinding(facts: Facts): Finding[] {
  if ((facts.get("role") ?? "master") === "master") return [];
  return [
    error(
      about,
      "This Redis is a replica, which takes no writes.",
      "Put the primary's address into REDIS_URL.",
    ),
  ];
}

function policyFinding(facts: Facts): Finding {
  const policy = facts.get("maxmemory_policy");
  const fix = "Set maxmemory-policy noeviction (in a managed Redis: in its parameter group).";
  if (policy === undefined) return unseen(about, "Redis does not say what it evicts.", fix);
  if (policy === "noeviction") return ok(about, "Redis evicts nothing when its memory is full.");
  return error(about, `Redis may evict queued work when its memory is full (${policy}).`, fix);
}

/** A lost queue is rebuilt from the table, so this is comfort, not safety. */
function persistenceFinding(facts: Facts, saves: string | undefined): Finding {
  if (facts.get("aof_enabled") === "1") return ok(about, "Redis keeps its content over a restart.");
  const fix = "Switch on appendonly (or snapshots): after a restart work waits for the sweeper without it.";
  if (saves === undefined) return unseen(about, "Whether Redis saves snapshots can't be seen.", fix);
  if (saves !== "") return ok(about, "Redis saves snapshots.");
  return warning(about, "Redis forgets its content over a restart.", fix);
}

function transportFinding(url: string): Finding[] {
  const { protocol, hostname } = new URL(url);
  const isLocal = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  if (protocol === "rediss:" || isLocal) return [];
  return [warning(about, "The connection to Redis is not encrypted.", "Use rediss:// and a password.")];
}

/** Undefined where the server does not tell: managed ones refuse CONFIG. */
async function savePoints(ask: () => Promise<unknown>): Promise<string | undefined> {
  try {
    const answer = await ask();
    return Array.isArray(answer) && typeof answer[1] === "string" ? answer[1] : undefined;
  } catch {
    return undefined;
  }
}

type Facts = ReadonlyMap<string, string>;

/** The `name:value` lines of INFO. */
function factsOf(info: string): Facts {
  return new Map(
    info.split(/\r?\n/u).flatMap((line): [string, string][] => {
      const at = line.indexOf(":");
      return at < 1 || line.startsWith("#") ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}
