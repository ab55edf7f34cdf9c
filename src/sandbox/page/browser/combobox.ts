import { h } from "./dom.ts";

export type Choice = { value: string; label: string; about?: string; group?: string };

export type ComboboxOptions = {
  input: HTMLInputElement;
  /** What fits the typed text; nothing to offer closes the list. */
  offer: (typed: string) => Choice[] | Promise<Choice[]>;
  onPick: (choice: Choice) => void;
  /** Whether Enter with nothing marked is left to whoever else listens. */
  freeText?: boolean;
};

let count = 0;

/**
 * A text field that offers choices (WAI-ARIA combobox with a list). Arrows mark, Enter or Tab takes, Escape closes;
 * nothing happens before something is taken, unlike a native menu, which acts at every arrow.
 */
export function combobox({ input, offer, onPick, freeText = false }: ComboboxOptions): HTMLElement {
  count += 1;
  const id = `choices-${count}`;
  const listbox = h("div", { id, role: "listbox", class: "choices", hidden: true, "aria-label": "Choices" });
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": id,
    autocomplete: "off",
    spellcheck: "false",
  })) {
    input.setAttribute(name, value);
  }
  let choices: Choice[] = [];
  let marked = -1;

  async function open(): Promise<void> {
    const typed = input.value;
    const found = await offer(typed);
    if (input.value !== typed || document.activeElement !== input) return;
    choices = found;
    marked = freeText ? -1 : Math.min(0, found.length - 1);
    draw();
  }
  function close(): void {
    choices = [];
    marked = -1;
    draw();
  }
  function draw(): void {
    listbox.hidden = choices.length === 0;
    input.setAttribute("aria-expanded", String(choices.length > 0));
    let group: string | undefined;
    listbox.replaceChildren(
      ...choices.flatMap((choice, index) => {
        const heading =
          choice.group !== group && choice.group
            ? [h("div", { class: "group", role: "presentation" }, choice.group)]
            : [];
        group = choice.group;
        const option = h(
          "div",
          { id: `${id}-${index}`, role: "option", "aria-selected": String(index === marked) },
          h("span", { class: "label" }, choice.label),
          choice.about && h("span", { class: "about" }, choice.about),
        );
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(choice);
        });
        return [...heading, option];
      }),
    );
    if (marked >= 0) input.setAttribute("aria-activedescendant", `${id}-${marked}`);
    else input.removeAttribute("aria-activedescendant");
    listbox.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }
  function take(choice: Choice): void {
    close();
    onPick(choice);
  }
  function mark(step: number): void {
    marked = (marked + step + choices.length) % choices.length;
    draw();
  }

  input.addEventListener("input", () => void open());
  input.addEventListener("focus", () => void (freeText || open()));
  input.addEventListener("click", () => void (freeText || open()));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (choices.length === 0) {
      if (event.key === "ArrowDown") void open();
      return;
    }
    const choice = choices[marked];
    if (event.key === "ArrowDown") mark(1);
    else if (event.key === "ArrowUp") mark(marked < 0 ? 0 : -1);
    else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if ((event.key === "Enter" || (event.key === "Tab" && freeText)) && choice) take(choice);
    else return;
    event.preventDefault();
  });
  return listbox;
}

/** The choices whose words contain all typed words. */
export function fitting(choices: readonly Choice[], typed: string): Choice[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return choices.filter((choice) => {
    const text = `${choice.label} ${choice.value} ${choice.about ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
