import { background } from "./background.ts";
import { bucketReads } from "./bucket-reads.ts";
import {
  accessDeniedSpike,
  failingLambda,
  queriesOutsideBot,
  scanOutsideRunbooks,
  secretsRead,
  unexpectedRegion,
} from "./misuse.ts";
import { privilegeEscalation } from "./privilege-escalation.ts";
import { roleChain } from "./role-chain.ts";
import { openedSecurityGroup, sabotage } from "./sabotage.ts";
import { loginsWithoutMfa, passwordSpraying, rootUse } from "./sign-ins.ts";
import { production, type TrailEvent } from "./trail-event.ts";
import { user } from "./trail-identities.ts";

const total = 10_000;

/**
 * Ten thousand events of two accounts in the eight days before `now`: a quiet background and the planted
 * incidents, the same for the same moment. One story runs through several of them: the sprayed user gives itself
 * an administrator, who blinds the trail, puts a key on its way out and starts big machines.
 */
export function cloudTrailEvents(now: Date): TrailEvent[] {
  const planted = Object.values(incidents(now)).flatMap(({ events }) => events);
  return [...planted, ...background(now, total - planted.length)];
}

/** What was planted: who, from where, when, and how many rows each reference query must find. */
export function cloudtrailFacts(now: Date) {
  const planted = incidents(now);
  return {
    account: production,
    total,
    spraying: planted.spraying.facts,
    root: planted.root.facts,
    withoutMfa: planted.withoutMfa.facts,
    roleChain: planted.roleChain.facts,
    escalation: planted.escalation.facts,
    bucketReads: planted.bucketReads.facts,
    lambda: planted.lambda.facts,
    denied: planted.denied.facts,
    secrets: planted.secrets.facts,
    securityGroups: planted.securityGroups.facts,
    sabotage: planted.sabotage.facts,
    unexpectedRegion: planted.unexpectedRegion.facts,
    scan: planted.scan.facts,
    athenaUse: planted.athenaUse.facts,
  };
}

function incidents(now: Date) {
  const spraying = passwordSpraying(now);
  return {
    spraying,
    root: rootUse(now),
    withoutMfa: loginsWithoutMfa(now),
    roleChain: roleChain(now),
    escalation: privilegeEscalation({
      at: spraying.facts.successAt,
      who: user(production, spraying.facts.username),
      ip: spraying.facts.ip,
    }),
    bucketReads: bucketReads(now),
    lambda: failingLambda(now),
    denied: accessDeniedSpike(now),
    secrets: secretsRead(now),
    securityGroups: openedSecurityGroup(now),
    sabotage: sabotage(now),
    unexpectedRegion: unexpectedRegion(now),
    scan: scanOutsideRunbooks(now),
    athenaUse: queriesOutsideBot(now),
  };
}
