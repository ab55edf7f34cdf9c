import { isObject, objectsOf, type JsonObject } from "../json.ts";
import { SlackError } from "../slack-error.ts";
import { anything, boolean, object, oneOf, string, type Complaint } from "./schema.ts";
import type { Surface } from "./surfaces.ts";
import { plainText } from "./text-objects.ts";
import { complaintsToError, validateBlocks } from "./validate-blocks.ts";

/** Slack measures the view's JSON. */
const maxViewBytes = 250 * 1024;

const shared = {
  private_metadata: string({ min: 0, max: 3000 }),
  callback_id: string({ min: 0, max: 255 }),
  external_id: string({ min: 0, max: 255 }),
};

const modal = object(
  { title: plainText(24), blocks: anything },
  {
    ...shared,
    close: plainText(24),
    submit: plainText(24),
    clear_on_close: boolean,
    notify_on_close: boolean,
    submit_disabled: boolean,
  },
);

const home = object({ blocks: anything }, { ...shared, title: anything, submit: anything, close: anything });

/**
 * Checks a view as the app sends it.
 *
 * @throws SlackError view_too_large; invalid_arguments with every complaint and its JSON pointer
 */
export function checkView(view: unknown, surface: Exclude<Surface, "message">): JsonObject {
  if (!isObject(view)) throw new SlackError("invalid_arguments", missing("view"));
  if (Buffer.byteLength(JSON.stringify(view)) > maxViewBytes) throw new SlackError("view_too_large");
  const complaints = [
    ...oneOf(surface)(view["type"], "/view/type"),
    ...(surface === "modal" ? modal : home)(view, "/view"),
    ...validateBlocks(view["blocks"] ?? [], surface, "/view/blocks"),
    ...(surface === "modal" ? needsSubmit(view) : []),
  ];
  if (complaints.length > 0) throw complaintsToError("invalid_arguments", complaints);
  return view;
}

/** A modal that asks something must have a button to answer. */
function needsSubmit(view: JsonObject): Complaint[] {
  const asks = objectsOf(view["blocks"]).some((block) => block["type"] === "input");
  return asks && !view["submit"] ? [{ pointer: "/view", message: "missing required field: submit" }] : [];
}

function missing(name: string): JsonObject {
  return { response_metadata: { messages: [`[ERROR] missing required field: ${name}`] } };
}
