import { after, before } from "./moments.ts";
import { type TrailEvent, eventId, production, staging } from "./trail-event.ts";
import { type Identity, root, session, signingIn, user } from "./trail-identities.ts";

const browser = "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15";

/** A sign-in to the console; always recorded in the global Region. */
export function consoleLogin(
  at: Date,
  who: Identity,
  ip: string,
  outcome: { mfa: boolean; failure?: string; account?: string; salt?: string },
): TrailEvent {
  return {
    at,
    account: outcome.account ?? production,
    region: "us-east-1",
    source: "signin",
    name: "ConsoleLogin",
    who: signingIn(who),
    ip,
    agent: browser,
    response: { ConsoleLogin: outcome.failure === undefined ? "Success" : "Failure" },
    additional: {
      LoginTo: "https://console.aws.amazon.com/console/home",
      MobileVersion: "No",
      MFAUsed: outcome.mfa ? "Yes" : "No",
    },
    readOnly: false,
    eventType: "AwsConsoleSignIn",
    ...(outcome.failure !== undefined && { error: ["Failure", outcome.failure] as const }),
    ...(outcome.salt !== undefined && { salt: outcome.salt }),
  };
}

const sprayer = "203.0.113.77";
const wrongPassword = "Failed authentication";

/**
 * One address tries two passwords on each of 24 users, one try every 20 seconds; the last user's third try
 * fits. What that user then does is in `privilege-escalation.ts`.
 */
export function passwordSpraying(now: Date) {
  const startsAt = before(now, { hours: 30 });
  const users = Array.from({ length: 24 }, (_, index) => `analyst-${String(index + 1).padStart(2, "0")}`);
  const failures = users.flatMap((name, index) =>
    [0, 1].map((round) =>
      consoleLogin(
        after(startsAt, { seconds: 20 * (index + round * users.length) }),
        user(production, name),
        sprayer,
        { mfa: false, failure: wrongPassword, salt: String(round) },
      ),
    ),
  );
  const taken = user(production, "analyst-24");
  const success = consoleLogin(after(startsAt, { minutes: 17 }), taken, sprayer, { mfa: false });
  return {
    events: [...failures, success],
    facts: {
      ip: sprayer,
      usernames: users,
      failuresPerUser: 2,
      failureCount: failures.length,
      reason: wrongPassword,
      firstAt: startsAt,
      successAt: success.at,
      username: "analyst-24",
      userArn: taken.arn,
      accessKeyId: taken.accesskeyid,
      successEventId: eventId(success),
    },
  };
}

/** Root signs in without MFA and looks at billing and keys; services acting as root are no person and not among the facts. */
export function rootUse(now: Date) {
  const startsAt = before(now, { hours: 53 });
  const ip = "198.51.100.23";
  const accessKeyId = "ASIAROOTSESSION00001";
  const who = root(production, { accesskeyid: accessKeyId });
  const login = consoleLogin(startsAt, root(production), ip, { mfa: false });
  const acts: TrailEvent[] = [
    ["iam", "ListAccessKeys", true],
    ["iam", "CreateAccessKey", false],
    ["s3", "ListBuckets", true],
    ["account", "GetContactInformation", true],
  ].map(([source, name, readOnly], index) => ({
    at: after(startsAt, { minutes: 2 + index }),
    region: "us-east-1",
    source: String(source),
    name: String(name),
    who,
    ip,
    agent: browser,
    request: name === "CreateAccessKey" ? { userName: "root" } : {},
    readOnly: readOnly === true,
  }));
  const byService: TrailEvent[] = [0, 1, 2].map((index) => ({
    at: before(now, { hours: 20 + index * 24 }),
    region: "us-east-1",
    source: "kms",
    name: "Decrypt",
    who: root(production, { invokedby: "backup.amazonaws.com" }),
    ip: "backup.amazonaws.com",
    readOnly: true,
  }));
  const events = [login, ...acts];
  return {
    events: [...events, ...byService],
    facts: {
      ip,
      accessKeyId,
      eventIds: events.map(eventId),
      eventNames: events.map(({ name }) => name),
      loginEventId: eventId(login),
      createdKeyEventId: eventId(events.find(({ name }) => name === "CreateAccessKey") ?? login),
      firstAt: startsAt,
    },
  };
}

/** A user of each account without MFA; people of the identity provider always look so and are not among the facts. */
export function loginsWithoutMfa(now: Date) {
  const here = user(production, "report-viewer");
  const login = consoleLogin(before(now, { hours: 75 }), here, "198.51.100.60", { mfa: false });
  const elsewhere = consoleLogin(
    before(now, { hours: 76 }),
    user(staging, "report-viewer"),
    "198.51.100.60",
    { mfa: false, account: staging },
  );
  const federated = [1, 2, 3, 4, 5, 6].map((index) =>
    consoleLogin(
      before(now, { hours: index * 26 }),
      session(production, "sso-engineer", `engineer-${index}`),
      "198.51.100.60",
      { mfa: false },
    ),
  );
  return {
    events: [login, elsewhere, ...federated],
    facts: { userArn: here.arn, eventId: eventId(login), at: login.at },
  };
}
