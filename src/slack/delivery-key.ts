import * as z from "zod";

const keySchema = z.looseObject({
  type: z.string().optional(),
  event_id: z.string().optional(),
  command: z.string().optional(),
  trigger_id: z.string().optional(),
  actions: z.array(z.looseObject({ action_id: z.string(), action_ts: z.string().optional() })).optional(),
  view: z.looseObject({ id: z.string(), hash: z.string().optional() }).optional(),
});

/**
 * What two deliveries of the same act have in common and two acts never do. A second click, and a second submit
 * of a form that came back with errors, have a `trigger_id` of their own; a retry repeats it. Undefined for what
 * may be handled any number of times (menus asking for options).
 */
export function deliveryKey(body: unknown): string | undefined {
  const parsed = keySchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { type, event_id, command, trigger_id, actions, view } = parsed.data;
  if (event_id !== undefined) return `event:${event_id}`;
  if (type === "block_suggestion") return undefined;
  const [action] = actions ?? [];
  if (action && trigger_id === undefined) return `action:${action.action_id}:${action.action_ts ?? ""}`;
  if (trigger_id === undefined) return undefined;
  if (action) return `action:${trigger_id}:${action.action_id}`;
  if (view) return `view:${trigger_id}:${view.id}:${view.hash ?? ""}`;
  return `${command === undefined ? (type ?? "other") : "command"}:${trigger_id}`;
}
