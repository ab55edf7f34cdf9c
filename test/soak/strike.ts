import { setTimeout as wait } from "node:timers/promises";
import type { Misfortune } from "./fault.ts";
import type { Lane } from "./lane.ts";

/** Something goes wrong; resolves when it is over, where it ends by itself. */
export async function strike(lane: Lane, what: Misfortune): Promise<void> {
  const { slack, aws, clock, redis, prefix, down } = lane;
  switch (what.kind) {
    case "redis-flush": {
      const keys = await redis.keys(`${prefix}:*`);
      if (keys.length > 0) await redis.del(...keys);
      return;
    }
    case "redis-restart":
      down.redis = true;
      lane.cutRedis();
      await wait(what.downMs);
      down.redis = false;
      return;
    case "aws-down":
      down.aws = true;
      lane.cutAws();
      await wait(what.downMs);
      down.aws = false;
      return;
    case "slack-down":
      slack.faults.down();
      await wait(what.downMs);
      slack.faults.up();
      return;
    case "cut-sockets":
      return slack.faults.cutSockets();
    case "duplicate-deliveries":
      return slack.faults.duplicateNext({ extra: what.extra });
    case "slow-deliveries":
      return slack.faults.delayDeliveries(what.ms);
    case "host-clock":
      return clock.advance(what.byMs);
    case "aws-clock":
      return aws.clock.advance(what.byMs);
    case "kill":
      return lane.kill(what.replica);
    case "slow-queries":
      return aws.athena.pace.set({ runMs: what.runMs });
    case "held-queries": {
      using _held = aws.athena.pace.hold("running");
      return await wait(what.forMs);
    }
    case "failed-query":
      return aws.athena.failNext("exhausted");
  }
}

/** From now on nothing goes wrong any more. */
export function heal({ plan, slack, aws }: Lane): void {
  plan.heal();
  slack.faults.clear();
  aws.athena.pace.set({});
  aws.athena.failNoMore();
  for (const { letGo } of aws.athena.pace.holds()) letGo();
}
