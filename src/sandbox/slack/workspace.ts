import { Changes } from "./changes.ts";
import { createClock, type Clock } from "./clock.ts";
import { createIds, type Ids } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import {
  appIdentity,
  defaultChannels,
  defaultPeople,
  defaultUserGroups,
  homeTeam,
  otherTeam,
} from "./personas.ts";
import { CannotAct } from "./slack-error.ts";
import type { StateValues } from "./state-values.ts";

export type Person = {
  id: string;
  /** What they are called here: a role, never a name. */
  role: string;
  realName: string;
  teamId: string;
  deleted: boolean;
  isBot: boolean;
  isRestricted: boolean;
  isUltraRestricted: boolean;
  isStranger: boolean;
  tz: string;
};

export type Channel = {
  id: string;
  name: string;
  members: Set<string>;
  isPrivate: boolean;
  isArchived: boolean;
  isExtShared: boolean;
  /** The person of a direct-message channel with the bot. */
  im?: string;
};

export type UserGroup = { id: string; handle: string; name: string; users: string[]; disabled?: boolean };

export type Message = {
  channel: string;
  ts: string;
  threadTs?: string;
  user: string;
  /** Set when the app posted it. */
  botId?: string;
  text: string;
  blocks: JsonObject[];
  attachments: JsonObject[];
  metadata?: JsonObject;
  editedTs?: string;
  replyBroadcast?: boolean;
  fileIds: string[];
  /** The only person who sees it. */
  ephemeralFor?: string;
  /** What each person chose in the message's menus. */
  state: Map<string, StateValues>;
};

export type View = {
  id: string;
  userId: string;
  type: "modal" | "home";
  /** As the app sent it, with block and action ids filled in. */
  json: JsonObject;
  hash: string;
  values: StateValues;
  /** Shown beside the fields, by block id. */
  errors: Record<string, string>;
  rootId: string;
  previousId: string | undefined;
};

export type StoredFile = {
  id: string;
  name: string;
  title: string;
  length: number;
  content: Buffer | undefined;
  uploadToken: string;
  /** Channels where it was shared; nobody but the bot sees an unshared file. */
  channels: Set<string>;
  complete: boolean;
  deleted: boolean;
};

export type WorkspaceOptions = {
  people?: Person[];
  channels?: Channel[];
  userGroups?: UserGroup[];
};

/** Everything that one Slack workspace knows. Kept in memory; rules live in the modules that change it. */
export class Workspace {
  readonly team = homeTeam;
  readonly otherTeam = otherTeam;
  readonly app = appIdentity;
  readonly people: Map<string, Person>;
  readonly channels: Map<string, Channel>;
  readonly userGroups: Map<string, UserGroup>;
  readonly messages: Message[] = [];
  readonly ephemerals: Message[] = [];
  /** Each person's stack of modals, bottom first. */
  readonly modals = new Map<string, View[]>();
  readonly homes = new Map<string, View>();
  readonly files = new Map<string, StoredFile>();
  readonly changes = new Changes();
  readonly clock: Clock = createClock();
  readonly ids: Ids = createIds(this.clock);
  /** `http://127.0.0.1:<port>`; known once the server listens. */
  baseUrl = "";

  constructor(options: WorkspaceOptions = {}) {
    this.people = byId(options.people ?? defaultPeople());
    this.channels = byId(options.channels ?? defaultChannels());
    this.userGroups = byId(options.userGroups ?? defaultUserGroups());
  }

  /** @throws CannotAct when nobody has this role or user id. */
  person(roleOrId: string): Person {
    const found =
      this.people.get(roleOrId) ?? [...this.people.values()].find((person) => person.role === roleOrId);
    if (!found) throw new CannotAct(`nobody here is called ${roleOrId}`);
    return found;
  }

  /** @throws CannotAct when there is no channel of this id, name or #name. */
  channel(idOrName: string): Channel {
    const name = idOrName.replace(/^#/, "");
    const found =
      this.channels.get(idOrName) ?? [...this.channels.values()].find((channel) => channel.name === name);
    if (!found) throw new CannotAct(`there is no channel ${idOrName}`);
    return found;
  }

  /** The direct-message channel between a person and the bot, made when needed. */
  directMessage(userId: string): Channel {
    const existing = [...this.channels.values()].find((channel) => channel.im === userId);
    if (existing) return existing;
    const id = `D0${userId.replace(/^[UW]0?/, "")}`;
    const made: Channel = {
      id,
      name: "directmessage",
      members: new Set([userId, this.app.botUserId]),
      isPrivate: true,
      isArchived: false,
      isExtShared: false,
      im: userId,
    };
    this.channels.set(id, made);
    return made;
  }

  teamOf(person: Person): { id: string; domain: string } {
    const team = person.teamId === this.otherTeam.id ? this.otherTeam : this.team;
    return { id: person.teamId, domain: team.domain };
  }
}

function byId<T extends { id: string }>(items: T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}
