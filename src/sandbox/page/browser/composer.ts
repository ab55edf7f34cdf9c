import type { About } from "../page-api.ts";
import type { Acts } from "./acts.ts";
import { combobox, fitting } from "./combobox.ts";
import { h } from "./dom.ts";

export type ComposerDeps = {
  acts: Acts;
  about: About;
  where: () => { channel: string; thread: string };
  label: string;
  placeholder: string;
};

/** Where a person types: words of their own, or `/jit` with its completion. Enter sends. */
export function composer({ acts, about, where, label, placeholder }: ComposerDeps): HTMLElement {
  const input = h("input", {
    type: "text",
    "aria-label": label,
    placeholder,
    enterkeyhint: "send",
  });
  const commands = about.commands.map(({ text, about: words }) => ({
    value: text,
    label: text,
    about: words,
  }));
  const choices = combobox({
    input,
    freeText: true,
    offer: (typed) => {
      if (!typed.startsWith("/")) return [];
      const found = fitting(commands, typed);
      return found.some(({ value }) => value === typed.trim()) && found.length === 1 ? [] : found.slice(0, 8);
    },
    onPick: ({ value }) => {
      input.value = value;
      input.focus();
    },
  });
  async function send(): Promise<void> {
    const text = input.value.trim();
    if (text === "") return;
    const { channel, thread } = where();
    input.value = "";
    input.dispatchEvent(new Event("input"));
    await (text.startsWith("/") ? acts.command(text, channel, thread) : acts.say(text, channel, thread));
  }
  return h(
    "form",
    {
      class: "composer",
      onsubmit: (event) => {
        event.preventDefault();
        void send();
      },
    },
    h("div", { class: "menu above" }, input, choices),
    h("button", { type: "submit", class: "primary" }, "Send"),
  );
}
