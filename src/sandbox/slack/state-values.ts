import { isObject, objectOf, objectsOf, textOf, type JsonObject } from "./json.ts";

/** `state.values`: block id → action id → the element's value in Slack's shape. */
export type StateValues = Record<string, Record<string, JsonObject>>;

/** One element that a person can use, and the block that holds it. */
export type PlacedElement = { block: JsonObject; blockId: string; actionId: string; element: JsonObject };

/** Where each stateful element keeps its value, and which of its properties starts it. */
const slots: Record<string, { slot: string; initial: string; many?: true }> = {
  plain_text_input: { slot: "value", initial: "initial_value" },
  number_input: { slot: "value", initial: "initial_value" },
  email_text_input: { slot: "value", initial: "initial_value" },
  url_text_input: { slot: "value", initial: "initial_value" },
  rich_text_input: { slot: "rich_text_value", initial: "initial_value" },
  static_select: { slot: "selected_option", initial: "initial_option" },
  external_select: { slot: "selected_option", initial: "initial_option" },
  radio_buttons: { slot: "selected_option", initial: "initial_option" },
  users_select: { slot: "selected_user", initial: "initial_user" },
  conversations_select: { slot: "selected_conversation", initial: "initial_conversation" },
  channels_select: { slot: "selected_channel", initial: "initial_channel" },
  checkboxes: { slot: "selected_options", initial: "initial_options", many: true },
  multi_static_select: { slot: "selected_options", initial: "initial_options", many: true },
  multi_external_select: { slot: "selected_options", initial: "initial_options", many: true },
  multi_users_select: { slot: "selected_users", initial: "initial_users", many: true },
  multi_conversations_select: {
    slot: "selected_conversations",
    initial: "initial_conversations",
    many: true,
  },
  multi_channels_select: { slot: "selected_channels", initial: "initial_channels", many: true },
  datepicker: { slot: "selected_date", initial: "initial_date" },
  timepicker: { slot: "selected_time", initial: "initial_time" },
  datetimepicker: { slot: "selected_date_time", initial: "initial_date_time" },
  file_input: { slot: "files", initial: "initial_files", many: true },
};

/** The property of `state.values` that holds an element's value; undefined for what keeps none, as a button. */
export function slotOf(element: JsonObject): string | undefined {
  return slots[textOf(element["type"])]?.slot;
}

/** The value an element has: its chosen option, text, list …, or undefined when empty. */
export function valueIn(state: JsonObject | undefined, element: JsonObject): unknown {
  const slot = slotOf(element);
  const value = slot === undefined ? undefined : state?.[slot];
  return value === null || value === "" || (Array.isArray(value) && value.length === 0) ? undefined : value;
}

/**
 * The values of all stateful elements. One that stood in `previous` under the same block id, action id and
 * type keeps what was typed, as Slack does on `views.update`; others start from their `initial_…`.
 */
export function stateFor(blocks: JsonObject[], previous: StateValues = {}): StateValues {
  const values: StateValues = {};
  for (const { blockId, actionId, element } of elementsOf(blocks)) {
    const slot = slots[textOf(element["type"])];
    if (!slot) continue;
    const kept = previous[blockId]?.[actionId];
    const start = element[slot.initial] ?? (slot.many ? [] : null);
    const value =
      kept && kept["type"] === element["type"] ? kept : { type: element["type"], [slot.slot]: start };
    (values[blockId] ??= {})[actionId] = value;
  }
  return values;
}

/** Every interactive element of the blocks, in reading order. */
export function elementsOf(blocks: JsonObject[]): PlacedElement[] {
  return blocks.flatMap((block) => {
    const own = [
      ...(block["type"] === "actions" || block["type"] === "context_actions"
        ? objectsOf(block["elements"])
        : []),
      ...(block["type"] === "card" ? objectsOf(block["actions"]) : []),
      ...(isObject(block["accessory"]) ? [block["accessory"]] : []),
      ...(block["type"] === "input" ? [objectOf(block["element"])] : []),
    ].map((element) => ({
      block,
      blockId: textOf(block["block_id"]),
      actionId: textOf(element["action_id"]),
      element,
    }));
    const nested =
      block["type"] === "carousel" ? objectsOf(block["elements"]) : objectsOf(block["child_blocks"]);
    return [...own, ...elementsOf(nested)];
  });
}

/** A copy of the blocks in which every block has a `block_id` and every element an `action_id`, as Slack stores them. */
export function withIds(blocks: JsonObject[], random: () => string): JsonObject[] {
  const copy = structuredClone(blocks);
  fillIds(copy, random);
  return copy;
}

function fillIds(blocks: JsonObject[], random: () => string): void {
  for (const block of blocks) {
    block["block_id"] ??= random();
    fillIds(objectsOf(block["child_blocks"]), random);
    if (block["type"] === "carousel") fillIds(objectsOf(block["elements"]), random);
  }
  for (const { element } of elementsOf(blocks)) {
    if (element["type"] !== "image") element["action_id"] ??= random();
  }
}
