import type { JsonObject } from "../../slack/json.ts";
import type { PageView } from "../page-api.ts";
import type { Acts, Reader } from "./acts.ts";
import { drawBlock } from "./blocks.ts";
import { h, patchList } from "./dom.ts";
import type { FieldValue } from "./elements.ts";

export type Modal = {
  show: (view: PageView | undefined, reader: Reader) => void;
  say: (text: string) => boolean;
};

/** The modal on top of the persona's screen. What is being typed is never overwritten by what comes from the server. */
export function createModal(acts: Acts): Modal {
  const title = h("h2", { id: "modal-title" });
  const body = h("div", { class: "modal-body" });
  const status = h("p", { class: "modal-status", role: "status" });
  const closeButton = h("button", { type: "button", onclick: () => void acts.close() });
  const submitButton = h("button", { type: "submit", class: "primary" });
  const form = h(
    "form",
    {
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void submit();
      },
    },
    body,
    status,
    h("div", { class: "buttons" }, closeButton, submitButton),
  );
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" }, title, form);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    void acts.close();
  });
  document.body.append(dialog);

  let shown: PageView | undefined;
  let errors = "";
  /** Typed and not yet told, by `<block id>/<action id>`. */
  const typed = new Map<string, FieldValue>();

  async function submit(): Promise<void> {
    if (submitButton.getAttribute("aria-disabled") === "true") return;
    submitButton.setAttribute("aria-disabled", "true");
    status.textContent = "";
    try {
      await acts.submit(Object.fromEntries(typed));
    } finally {
      submitButton.removeAttribute("aria-disabled");
    }
  }

  function draw(view: PageView, reader: Reader): void {
    title.textContent = view.title;
    closeButton.textContent = view.below > 0 ? "Back" : view.close;
    submitButton.textContent = view.submit ?? "";
    submitButton.hidden = view.submit === undefined;
    const surface = acts.surface(
      { on: "view" },
      {
        ...reader,
        values: view.values,
        typed: (field, value) => void typed.set(field, value),
      },
    );
    const told = {
      ...surface,
      choose: async (field: string, value: FieldValue) => {
        typed.set(field, value);
        await surface.choose(field, value);
        if (typed.get(field) === value) typed.delete(field);
      },
    };
    patchList(body, view.blocks, {
      key: (block) => String(block["block_id"]),
      signature: (block, standing) => {
        const busy =
          standing?.contains(document.activeElement) ||
          [...typed.keys()].some((f) => f.startsWith(`${id(block)}/`));
        const value = busy
          ? (standing?.dataset["value"] ?? "")
          : JSON.stringify(view.values[id(block)] ?? {});
        return `${view.id}${JSON.stringify(block)}${view.errors[id(block)] ?? ""}${value}`;
      },
      draw: (block) => {
        const made = drawBlock(block, told, view.errors[id(block)]);
        made.dataset["value"] = JSON.stringify(view.values[id(block)] ?? {});
        return made;
      },
    });
  }

  return {
    show(view, reader) {
      const isNew = view?.id !== shown?.id || (view && shown && view.title !== shown.title);
      if (isNew) {
        typed.clear();
        status.textContent = "";
      }
      shown = view;
      if (!view) {
        if (dialog.open) dialog.close();
        body.replaceChildren();
        return;
      }
      draw(view, reader);
      if (!dialog.open) dialog.showModal();
      const wrong = JSON.stringify(view.errors);
      if (wrong !== errors && wrong !== "{}") body.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
      else if (isNew || !dialog.contains(document.activeElement)) focusFirst(body, closeButton);
      errors = wrong;
    },
    say(text) {
      if (!dialog.open) return false;
      status.textContent = text;
      return true;
    },
  };
}

function id(block: JsonObject): string {
  return String(block["block_id"]);
}

function focusFirst(body: HTMLElement, otherwise: HTMLElement): void {
  (body.querySelector<HTMLElement>("input, textarea, button") ?? otherwise).focus();
}
