import { h } from "./dom.ts";

/** The parts of which the controls are made; what is typed and focused is kept by `data-focus` when they are drawn again. */

/** One subject: how it stands, and its switches. */
export function group(
  title: string,
  now: { state: string; isTroubled?: boolean },
  children: HTMLElement[],
): HTMLElement {
  return h(
    "section",
    { class: "control" },
    h("h3", {}, title),
    h("p", { class: now.isTroubled ? "now troubled" : "now" }, now.state),
    children,
  );
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
  };
}

export function select(name: string, options: readonly string[]) {
  const menu = h(
    "select",
    { "aria-label": name, "data-focus": name },
    options.map((option) => h("option", {}, option)),
  );
  return { label: h("label", {}, name, menu), value: () => menu.value };
}
