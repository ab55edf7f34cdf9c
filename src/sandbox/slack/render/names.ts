import type { Workspace } from "../workspace.ts";

/** How ids read to a person: `@lead`, `#incidents`, `@orders-approvers`; an unknown id stays as it is. */
export type Names = (id: string) => string;

export function namesOf(workspace: Workspace): Names {
  return (id) => {
    const person = workspace.people.get(id);
    if (person) return `@${person.role}`;
    const channel = workspace.channels.get(id);
    if (channel) return `#${channel.name}`;
    const group = workspace.userGroups.get(id);
    return group ? `@${group.handle}` : id;
  };
}
