import type { HomeView, KnownBlock } from "@slack/types";
import type { Request } from "../../request/request.ts";
import { shortcuts } from "../answers/help.ts";
import { statusSections } from "../answers/status.ts";
import { header } from "./elements.ts";

/** A person's own page: ask, what waits for their vote, and what they have asked for. */
export function homeView(requests: readonly Request[], waiting: readonly KnownBlock[] = []): HomeView {
  return {
    type: "home",
    blocks: [header("Access to production data"), shortcuts(), ...waiting, ...statusSections(requests)],
  };
}
