export type Side = "thread" | "request" | "queue" | "controls";
export type View = "channels" | "chat" | "side";

/** What this tab shows. The persona, channel and request stand in the address, so that a reload and a link keep them. */
export type Tab = {
  as: string;
  /** A channel's id, or `home`. */
  channel: string;
  thread: string;
  request: string;
  side: Side;
  /** On a narrow screen, the one part that is in sight. */
  view: View;
  /** The newest message that was in sight, by channel. */
  read: Map<string, string>;
};

export function tabFromAddress(): Tab {
  const query = new URLSearchParams(location.search);
  return {
    as: query.get("as") ?? "oncall",
    channel: query.get("channel") ?? "C0INCIDENTS",
    thread: query.get("thread") ?? "",
    request: query.get("request") ?? "",
    side: (query.get("side") as Side | null) ?? "request",
    view: "chat",
    read: new Map(),
  };
}

export function addressOf({ as, channel, thread, request, side }: Tab): string {
  const parts = Object.entries({ as, channel, thread, request, side }).filter(([, value]) => value !== "");
  return `?${new URLSearchParams(parts)}`;
}
