import { after, before } from "./moments.ts";
import { type TrailEvent, eventId, production } from "./trail-event.ts";
import { session, user } from "./trail-identities.ts";

/** The trail is stopped, its selectors emptied, and a key put on its way out with the shortest window. */
export function sabotage(now: Date) {
  const startsAt = before(now, { hours: 29 });
  const who = user(production, "support-backup");
  const ip = "203.0.113.77";
  const common = { who, ip, agent: "aws-cli/2.31.0", readOnly: false };
  const selectors: TrailEvent = {
    ...common,
    at: startsAt,
    source: "cloudtrail",
    name: "PutEventSelectors",
    request: { trailName: "organization", eventSelectors: [] },
  };
  const stopped: TrailEvent = {
    ...common,
    at: after(startsAt, { minutes: 1 }),
    source: "cloudtrail",
    name: "StopLogging",
    request: { name: "organization" },
  };
  const keyId = `arn:aws:kms:eu-west-1:${production}:key/0a1b2c3d-1111-4222-8333-444455556666`;
  const deletionDate = after(startsAt, { hours: 7 * 24 });
  const deletion: TrailEvent = {
    ...common,
    at: after(startsAt, { minutes: 3 }),
    source: "kms",
    name: "ScheduleKeyDeletion",
    request: { keyId, pendingWindowInDays: 7 },
    response: { keyId, deletionDate: deletionDate.toISOString(), keyState: "PendingDeletion" },
    resources: [{ arn: keyId, type: "AWS::KMS::Key" }],
  };
  return {
    events: [selectors, stopped, deletion],
    facts: {
      actorArn: who.arn,
      ip,
      trail: "organization",
      stoppedEventId: eventId(stopped),
      trailEventIds: [selectors, stopped].map(eventId),
      keyId,
      pendingWindowInDays: 7,
      deletionEventId: eventId(deletion),
      firstAt: startsAt,
    },
  };
}

/** A security group opened to the world in both shapes of the event, and one internal rule. */
export function openedSecurityGroup(now: Date) {
  const startsAt = before(now, { hours: 10 });
  const who = session(production, "sso-engineer", "engineer-2");
  const common = { source: "ec2", who, ip: "198.51.100.61", readOnly: false };
  const nested: TrailEvent = {
    ...common,
    at: startsAt,
    name: "AuthorizeSecurityGroupIngress",
    request: {
      groupId: "sg-0aaa111122223333a",
      ipPermissions: {
        items: [
          {
            ipProtocol: "tcp",
            fromPort: 22,
            toPort: 22,
            ipRanges: { items: [{ cidrIp: "0.0.0.0/0" }] },
          },
        ],
      },
    },
  };
  const flat: TrailEvent = {
    ...common,
    at: after(startsAt, { minutes: 2 }),
    name: "AuthorizeSecurityGroupIngress",
    request: {
      groupId: "sg-0bbb444455556666b",
      ipProtocol: "tcp",
      fromPort: 3389,
      toPort: 3389,
      cidrIp: "0.0.0.0/0",
    },
  };
  const internal: TrailEvent = {
    ...common,
    at: after(startsAt, { minutes: 30 }),
    name: "AuthorizeSecurityGroupIngress",
    request: {
      groupId: "sg-0ccc777788889999c",
      ipPermissions: {
        items: [
          {
            ipProtocol: "tcp",
            fromPort: 443,
            toPort: 443,
            ipRanges: { items: [{ cidrIp: "10.20.0.0/16" }] },
          },
        ],
      },
    },
  };
  return {
    events: [nested, flat, internal],
    facts: {
      actorArn: who.arn,
      openedGroups: [
        { groupId: "sg-0aaa111122223333a", port: 22, eventId: eventId(nested) },
        { groupId: "sg-0bbb444455556666b", port: 3389, eventId: eventId(flat) },
      ],
      internalGroup: { groupId: "sg-0ccc777788889999c", port: 443, eventId: eventId(internal) },
      firstAt: startsAt,
    },
  };
}
