import { isObject, objectsOf, objectOf } from "../json.ts";
import { all, array, boolean, byType, integer, object, oneOf, string, type Check } from "./schema.ts";
import { confirmDialog, option, optionGroup, plainText } from "./text-objects.ts";
import { richText } from "./rich-text.ts";

const actionId = { action_id: string({ max: 255 }) };
const confirm = { confirm: confirmDialog };
const focus = { focus_on_load: boolean };
const placeholder = { placeholder: plainText(150) };
const common = { ...actionId, ...confirm, ...focus, ...placeholder };
const maxSelected = { max_selected_items: integer(1, 100) };
const dispatching = {
  dispatch_action_config: object(
    { trigger_actions_on: array(oneOf("on_enter_pressed", "on_character_entered"), 1, 2) },
    {},
  ),
};
const ids = array(string({ max: 255 }), 0, 100);
const date = string({ pattern: /^\d{4}-\d{2}-\d{2}$/ });
const time = string({ pattern: /^\d{2}:\d{2}$/ });
const decimal = string({ pattern: /^-?\d+(\.\d+)?$/ });
const conversationFilter = object(
  {},
  {
    include: array(oneOf("im", "mpim", "private", "public"), 1, 4),
    exclude_external_shared_channels: boolean,
    exclude_bot_users: boolean,
  },
);

export const image: Check = object(
  { alt_text: string({ max: 2000 }) },
  {
    image_url: string({ max: 3000 }),
    slack_file: object({}, { id: string(), url: string() }),
  },
);

const button = object(
  { text: plainText(75) },
  {
    ...actionId,
    ...confirm,
    value: string({ max: 2000 }),
    url: string({ max: 3000 }),
    style: oneOf("primary", "danger"),
    accessibility_label: string({ max: 75 }),
  },
);

const staticChoices = {
  options: array(option("plain"), 1, 100),
  option_groups: array(optionGroup, 1, 100),
};

const selects: Record<string, Check> = {
  static_select: all(
    object({}, { ...common, ...staticChoices, initial_option: option("plain") }),
    choicesGiven,
    initialAmongOptions,
  ),
  multi_static_select: all(
    object(
      {},
      { ...common, ...staticChoices, ...maxSelected, initial_options: array(option("plain"), 1, 100) },
    ),
    choicesGiven,
    initialAmongOptions,
  ),
  external_select: object(
    {},
    { ...common, initial_option: option("plain"), min_query_length: integer(0, 150) },
  ),
  multi_external_select: object(
    {},
    {
      ...common,
      ...maxSelected,
      initial_options: array(option("plain"), 1, 100),
      min_query_length: integer(0, 150),
    },
  ),
  users_select: object({}, { ...common, initial_user: string() }),
  multi_users_select: object({}, { ...common, ...maxSelected, initial_users: ids }),
  conversations_select: object(
    {},
    {
      ...common,
      initial_conversation: string(),
      default_to_current_conversation: boolean,
      response_url_enabled: boolean,
      filter: conversationFilter,
    },
  ),
  multi_conversations_select: object(
    {},
    {
      ...common,
      ...maxSelected,
      initial_conversations: ids,
      default_to_current_conversation: boolean,
      filter: conversationFilter,
    },
  ),
  channels_select: object({}, { ...common, initial_channel: string(), response_url_enabled: boolean }),
  multi_channels_select: object({}, { ...common, ...maxSelected, initial_channels: ids }),
};

const pickers: Record<string, Check> = {
  datepicker: object({}, { ...common, initial_date: date }),
  timepicker: object({}, { ...common, initial_time: time, timezone: string() }),
  datetimepicker: object(
    {},
    { ...actionId, ...confirm, ...focus, initial_date_time: integer(1_000_000_000, 9_999_999_999) },
  ),
  checkboxes: all(
    object(
      { options: array(option("any"), 1, 10) },
      { ...actionId, ...confirm, ...focus, initial_options: array(option("any"), 1, 10) },
    ),
    initialAmongOptions,
  ),
  radio_buttons: all(
    object(
      { options: array(option("any"), 1, 10) },
      { ...actionId, ...confirm, ...focus, initial_option: option("any") },
    ),
    initialAmongOptions,
  ),
};

const typed = { ...actionId, ...focus, ...placeholder, ...dispatching };

const fields: Record<string, Check> = {
  plain_text_input: object(
    {},
    {
      ...typed,
      initial_value: string({ min: 0, max: 3000 }),
      multiline: boolean,
      min_length: integer(0, 3000),
      max_length: integer(1, 3000),
    },
  ),
  email_text_input: object({}, { ...typed, initial_value: string({ min: 0 }) }),
  url_text_input: object({}, { ...typed, initial_value: string({ min: 0 }) }),
  number_input: object(
    { is_decimal_allowed: boolean },
    { ...typed, initial_value: decimal, min_value: decimal, max_value: decimal },
  ),
  rich_text_input: object(
    {},
    { ...typed, initial_value: richText, min_lines: integer(1, 100), max_lines: integer(1, 100) },
  ),
  file_input: object({}, { ...actionId, filetypes: array(string(), 1, 100), max_files: integer(1, 10) }),
};

const overflow = object({ options: array(option("overflow"), 1, 5) }, { ...actionId, ...confirm });
const workflowButton = object(
  {
    text: plainText(75),
    workflow: object({
      trigger: object(
        { url: string() },
        { customizable_input_parameters: array(object({ name: string(), value: string() }), 0, 100) },
      ),
    }),
  },
  { ...actionId, style: oneOf("primary", "danger"), accessibility_label: string({ max: 75 }) },
);

const pressable = { button, overflow, workflow_button: workflowButton };

export const cardButton: Check = byType({ button });
export const actionsElement: Check = byType({
  ...pressable,
  ...selects,
  ...pickers,
  rich_text_input: fields["rich_text_input"] ?? button,
});
export const accessory: Check = byType({ ...pressable, ...selects, ...pickers, image });
export const inputElement: Check = byType({ ...selects, ...pickers, ...fields });

const feedbackButton = object(
  { text: plainText(75), value: string({ max: 2000 }) },
  { accessibility_label: string({ max: 75 }) },
);

export const contextActionsElement: Check = byType({
  feedback_buttons: object({ positive_button: feedbackButton, negative_button: feedbackButton }, actionId),
  icon_button: object(
    { icon: string(), text: plainText(75) },
    {
      ...actionId,
      ...confirm,
      value: string({ max: 2000 }),
      accessibility_label: string({ max: 75 }),
      visible_to_user_ids: ids,
    },
  ),
});

function choicesGiven(value: unknown, pointer: string) {
  const menu = objectOf(value);
  if (menu["options"] === undefined && menu["option_groups"] === undefined) {
    return [{ pointer, message: "missing required field: options" }];
  }
  return [];
}

function initialAmongOptions(value: unknown, pointer: string) {
  const menu = objectOf(value);
  const choices = [
    ...objectsOf(menu["options"]),
    ...objectsOf(menu["option_groups"]).flatMap((group) => objectsOf(group["options"])),
  ].map((choice) => choice["value"]);
  const initial = [menu["initial_option"], ...objectsOf(menu["initial_options"])].filter(isObject);
  return initial
    .filter((choice) => !choices.includes(choice["value"]))
    .map(() => ({ pointer, message: "initial option must be one of the options" }));
}
