import { h } from "./dom.ts";
import { plainText, textObject, type Viewer } from "./text.ts";

/** The question that an element asks before it acts, as Slack's confirmation dialog. Escape is no. */
export function ask(confirm: Record<string, unknown>, viewer: Viewer): Promise<boolean> {
  return question(
    {
      title: plainText(confirm["title"]) || "Are you sure?",
      text: h("p", {}, textObject(confirm["text"], viewer)),
      yes: plainText(confirm["confirm"]) || "Yes",
      no: plainText(confirm["deny"]) || "Cancel",
    },
    confirm["style"] === "danger",
  );
}

/** A question of the page's own. */
export function question(
  { title, text, yes, no }: { title: string; text: Node; yes: string; no: string },
  isDanger = false,
): Promise<boolean> {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const dialog = h(
      "dialog",
      { class: "confirm", "aria-labelledby": "confirm-title" },
      h("h2", { id: "confirm-title" }, title),
      text,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", onclick: () => dialog.close("no") }, no),
        h(
          "button",
          { type: "button", class: isDanger ? "danger" : "primary", onclick: () => dialog.close("yes") },
          yes,
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
