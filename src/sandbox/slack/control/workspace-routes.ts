import { CannotAct } from "../slack-error.ts";
import { BadRequest, needed, optional, type ControlRoute } from "./route.ts";

/** The workspace from above: who and what there is, what happened, what shall go wrong. */
export const workspaceRoutes: ControlRoute[] = [
  {
    method: "GET",
    path: "/control/workspace",
    about: "People, channels, user groups, connections and faults in force.",
    run: ({ peer, connections }) => ({
      team: peer.workspace.team,
      app: peer.workspace.app,
      people: [...peer.workspace.people.values()],
      channels: [...peer.workspace.channels.values()].map((channel) => ({
        ...channel,
        members: [...channel.members],
      })),
      userGroups: [...peer.workspace.userGroups.values()],
      commands: peer.commands,
      connections: connections(),
      faults: peer.plan.describe(),
    }),
  },
  {
    method: "GET",
    path: "/control/record",
    about:
      "Everything that happened, in order; ?kind=api|delivery|act|response_url|socket|upload|fault, ?after=<no>.",
    run({ peer }, { query }) {
      const kind = optional(query, "kind");
      const after = Number(query.get("after") ?? 0);
      return peer.record.entries.filter(
        (entry) => (kind === undefined || entry.kind === kind) && entry.no > after,
      );
    },
  },
  {
    method: "POST",
    path: "/control/faults",
    about:
      'Throws a switch: {fault: <name>, args: [...]}, as `rateLimit` with ["chat.update", {"times": 2}].',
    run({ faults, peer }, { body }) {
      const name = needed(body, "fault");
      const args = body["args"] ?? [];
      if (!Array.isArray(args)) throw new BadRequest('"args" must be a list');
      if (!Object.hasOwn(faults, name)) {
        throw new CannotAct(`there is no fault ${name}; there is: ${Object.keys(faults).join(", ")}`);
      }
      const act = faults[name as keyof typeof faults] as (...given: unknown[]) => void;
      act(...(args as unknown[]));
      return peer.plan.describe();
    },
  },
  {
    method: "POST",
    path: "/control/request-url",
    about: "Where signed requests go: {url}; only for the HTTP transport.",
    run({ setRequestUrl }, { body }) {
      setRequestUrl(needed(body, "url"));
      return { ok: true };
    },
  },
];
