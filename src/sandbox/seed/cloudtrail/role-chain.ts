import { after, before } from "./moments.ts";
import { type TrailEvent, eventId, production, staging } from "./trail-event.ts";
import { awsId, type Identity, roleArn, session, user } from "./trail-identities.ts";

const ip = "203.0.113.140";

/** A build user's key becomes a deploy role, that an audit role, that an admin role of the other account. */
export function roleChain(now: Date) {
  const startsAt = before(now, { hours: 46 });
  const start = user(production, "ci-deployer");
  const hops = [
    { account: production, role: "deploy", name: "release-4711", key: awsId("ASIA", "chain 1") },
    { account: production, role: "audit-reader", name: "hop", key: awsId("ASIA", "chain 2") },
    { account: staging, role: "organization-admin", name: "hop", key: awsId("ASIA", "chain 3") },
  ];
  let caller: Identity = start;
  const events = hops.map(({ account, role, name, key }, index) => {
    const event = assumeRole(after(startsAt, { minutes: index * 4 }), caller, ip, {
      account,
      role,
      name,
      key,
    });
    caller = session(account, role, name, { accessKeyId: key });
    return event;
  });
  return {
    events,
    facts: {
      startAccessKeyId: start.accesskeyid,
      startArn: start.arn,
      ip,
      at: events.map((event) => event.at),
      roleArns: hops.map(({ account, role }) => roleArn(account, role)),
      issuedKeys: hops.map(({ key }) => key),
      eventIds: events.map(eventId),
    },
  };
}

export function assumeRole(
  at: Date,
  who: Identity,
  from: string,
  issued: { account: string; role: string; name: string; key: string },
): TrailEvent {
  const arn = roleArn(issued.account, issued.role);
  return {
    at,
    source: "sts",
    name: "AssumeRole",
    who,
    ip: from,
    request: { roleArn: arn, roleSessionName: issued.name, durationSeconds: 3600 },
    response: {
      credentials: { accessKeyId: issued.key, expiration: after(at, { hours: 1 }).toISOString() },
      assumedRoleUser: { arn: `arn:aws:sts::${issued.account}:assumed-role/${issued.role}/${issued.name}` },
    },
    readOnly: true,
    resources: [{ arn, type: "AWS::IAM::Role" }],
    salt: issued.key,
  };
}
