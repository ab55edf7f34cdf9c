/** Making and updating elements, without a library: text is only ever text, and what did not change is left alone. */

export type Child = Node | string | number | false | undefined | null;
type Attribute = string | number | boolean | undefined | ((event: Event) => void);

/** An element; `onclick` and the like are listeners, `true` is an attribute without value, `false` none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: (Child | Child[])[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: (Child | Child[])[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill<E extends Element>(
  element: E,
  attributes: Record<string, Attribute>,
  children: (Child | Child[])[],
): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...nodes(children.flat()));
  return element;
}

export function nodes(children: readonly Child[]): (Node | string)[] {
  return children
    .filter((child) => child !== false && child !== undefined && child !== null)
    .map((child) => (child instanceof Node ? child : String(child)));
}

type Drawn<T> = {
  key: (item: T) => string;
  /** What its drawing depends on; the standing element is kept while this stays. */
  signature: (item: T, standing: HTMLElement | undefined) => string;
  draw: (item: T) => HTMLElement;
};

/** Brings the children of `parent` up to `items`, touching only those that changed; focus stays where it was. */
export function patchList<T>(
  parent: HTMLElement,
  items: readonly T[],
  { key, signature, draw }: Drawn<T>,
): void {
  const standing = new Map<string, HTMLElement>();
  for (const child of parent.children as unknown as Iterable<HTMLElement>) {
    standing.set(child.dataset["key"] ?? "", child);
  }
  const focused = document.activeElement;
  const focusName = focused instanceof HTMLElement ? focused.dataset["focus"] : undefined;
  let lost: HTMLElement | undefined;
  let place: Element | null = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const old = standing.get(name);
    standing.delete(name);
    const signed = signature(item, old);
    if (old && signatures.get(old) === signed) {
      if (old === place) place = place.nextElementSibling;
      else parent.insertBefore(old, place);
      continue;
    }
    const fresh = draw(item);
    fresh.dataset["key"] = name;
    signatures.set(fresh, signed);
    if (old) {
      if (old.contains(focused)) lost = fresh;
      if (old === place) place = place.nextElementSibling;
      old.replaceWith(fresh);
    }
    if (fresh.nextElementSibling !== place || !old) parent.insertBefore(fresh, place);
  }
  for (const gone of standing.values()) gone.remove();
  if (lost && focusName) lost.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focusName)}"]`)?.focus();
}

const signatures = new WeakMap<HTMLElement, string>();

/** Draws again when `what` differs from last time, and keeps what a person did: what is open, and what has the focus. */
export function redrawIfNew(box: HTMLElement, what: unknown, content: () => HTMLElement[]): void {
  const signature = JSON.stringify(what);
  if (signatures.get(box) === signature) return;
  signatures.set(box, signature);
  redraw(box, content());
}

function redraw(box: HTMLElement, content: readonly HTMLElement[]): void {
  const open = new Map<string, boolean>();
  for (const details of box.querySelectorAll<HTMLDetailsElement>("details[data-part]")) {
    open.set(details.dataset["part"] ?? "", details.open);
  }
  const focused = box.contains(document.activeElement) ? (document.activeElement as HTMLElement) : undefined;
  const focusName = focused?.dataset["focus"];
  box.replaceChildren(...content);
  for (const details of box.querySelectorAll<HTMLDetailsElement>("details[data-part]")) {
    details.open = open.get(details.dataset["part"] ?? "") ?? details.open;
  }
  if (focusName) box.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focusName)}"]`)?.focus();
}
