import { h } from "./dom.ts";

/** The parts of which the controls are made. They are made once: what somebody types must not be drawn over. */

type Now = { state: string; isTroubled?: boolean };

/** One subject: how it stands, which `show` says anew, and its switches. */
export function group(
  title: string,
  children: HTMLElement[],
): { element: HTMLElement; show: (now: Now) => void } {
  const standing = h("p", { class: "now" });
  return {
    element: h("section", { class: "control" }, h("h3", {}, title), standing, children),
    show({ state, isTroubled = false }) {
      write(standing, state);
      standing.classList.toggle("troubled", isTroubled);
    },
  };
}

/** What already stands is left alone, and with it what somebody has marked to copy. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function row(...children: HTMLElement[]): HTMLElement {
  return h("div", { class: "row" }, children);
}

export function button(name: string, act: () => Promise<void>, kind = ""): HTMLElement {
  return h("button", { type: "button", class: kind, "data-focus": name, onclick: () => void act() }, name);
}

export function number(name: string, value: number) {
  const input = h("input", { type: "number", min: 0, value, "aria-label": name, "data-focus": name });
  return {
    label: h("label", {}, name, input),
    value: () => Math.max(0, Math.round(Number(input.value))),
    /** For what is only known later. */
    begin: (at: number) => {
      input.value = String(at);
    },
  };
}

export function select(name: string, options: readonly string[] = []) {
  const menu = h("select", { "aria-label": name, "data-focus": name });
  let offered = "";
  /** The choice stays while it is offered. */
  const offer = (names: readonly string[]): void => {
    if (offered === names.join("\n")) return;
    offered = names.join("\n");
    const chosen = menu.value;
    menu.replaceChildren(...names.map((one) => h("option", {}, one)));
    if (names.includes(chosen)) menu.value = chosen;
  };
  offer(options);
  return { label: h("label", {}, name, menu), value: () => menu.value, offer };
}
