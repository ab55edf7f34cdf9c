import { after } from "./moments.ts";
import { type TrailEvent, eventId, homeRegion, production } from "./trail-event.ts";
import { type Identity, session } from "./trail-identities.ts";

const foreignAccount = "999988887777";

/**
 * Seven minutes after the sprayed sign-in: a user with administrator rights and a key, and a role that a foreign
 * account may assume. One attempt is refused.
 */
export function privilegeEscalation(start: { at: Date; who: Identity; ip: string }) {
  const { who, ip } = start;
  const startsAt = after(start.at, { minutes: 7 });
  const acts: { name: string; request: object; error?: readonly [string, string] }[] = [
    {
      name: "PutUserPolicy",
      request: { userName: "analyst-24", policyName: "all" },
      error: ["AccessDenied", "User is not authorized to perform: iam:PutUserPolicy"],
    },
    { name: "CreateUser", request: { userName: "support-backup" } },
    {
      name: "AttachUserPolicy",
      request: { userName: "support-backup", policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
    },
    { name: "CreateAccessKey", request: { userName: "support-backup" } },
    {
      name: "UpdateAssumeRolePolicy",
      request: {
        roleName: "data-export",
        policyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: `arn:aws:iam::${foreignAccount}:root` },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      },
    },
  ];
  const events: TrailEvent[] = acts.map((act, index) => ({
    at: after(startsAt, { seconds: index * 45 }),
    region: "us-east-1",
    source: "iam",
    who,
    ip,
    agent: "aws-cli/2.31.0",
    readOnly: false,
    ...act,
  }));
  return {
    events: [...events, ...pipeline(startsAt)],
    facts: {
      actorArn: who.arn ?? "",
      eventNames: events.map(({ name }) => name),
      eventIds: events.map(eventId),
      createdUser: "support-backup",
      role: "data-export",
      foreignAccount,
      firstAt: startsAt,
      /** What the deployment pipeline did that day, which the same query shows. */
      pipelineEventIds: pipeline(startsAt).map(eventId),
    },
  };
}

/** The expected kind of the same calls. */
function pipeline(day: Date): TrailEvent[] {
  const who = session(production, "deploy-pipeline", "run-2201");
  return [
    { name: "CreateRole", request: { roleName: "invoice-worker" } },
    {
      name: "AttachRolePolicy",
      request: { roleName: "invoice-worker", policyArn: `arn:aws:iam::${production}:policy/invoice-worker` },
    },
  ].map((act, index) => ({
    at: after(day, { hours: -9, minutes: index }),
    region: "us-east-1",
    source: "iam",
    who,
    ip: "198.51.100.9",
    agent: `aws-sdk-go-v2/1.39 ${homeRegion}`,
    readOnly: false,
    ...act,
  }));
}
