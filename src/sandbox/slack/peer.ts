import type { Deliveries } from "./delivery/deliver.ts";
import type { FaultPlan } from "./faults.ts";
import type { PeerRecord } from "./record.ts";
import type { ResponseUrls } from "./response-urls.ts";
import type { Triggers } from "./triggers.ts";
import type { Workspace } from "./workspace.ts";

/** The parts of one running workspace, as its methods and acts see them. */
export type Peer = {
  workspace: Workspace;
  record: PeerRecord;
  plan: FaultPlan;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  deliveries: Deliveries;
  /** Slash commands that the app owns, with their slash. */
  commands: readonly string[];
  grantedScopes: ReadonlySet<string>;
  tokens: { bot: string; app: string };
  /** A URL for one Socket Mode connection; absent when the app uses HTTP. */
  socketUrl: (() => string) | undefined;
};
