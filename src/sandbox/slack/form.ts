import type { Typed } from "./acts/choose-value.ts";
import type { ActOutcome, PartialOutcome } from "./acts/outcome.ts";

/** Fields by label, block id or action id, in the order in which a person fills them. */
export type Fields = Record<string, Typed>;

/** A modal being filled in. Nothing happens before `apply` or `submit`. */
export class Form {
  readonly #fields: Fields;
  readonly #enter: (fields: Fields) => Promise<ActOutcome>;
  readonly #submit: () => Promise<ActOutcome>;

  constructor(
    fields: Fields,
    enter: (fields: Fields) => Promise<ActOutcome>,
    submit: () => Promise<ActOutcome>,
  ) {
    this.#fields = fields;
    this.#enter = enter;
    this.#submit = submit;
  }

  /** Enters the values; a field that reports its changes reports them. Stops at what the app fails to take. */
  apply(): Promise<ActOutcome> {
    return this.#enter(this.#fields);
  }

  /** Enters the values and presses submit. */
  async submit(): Promise<ActOutcome> {
    const entered = await this.#enter(this.#fields);
    return entered.status === "ok" ? this.#submit() : entered;
  }
}

/** Enters one field after another; the outcome of the last, or of the first that went wrong. */
export async function enterFields(
  fields: Fields,
  enter: (field: string, value: Typed) => Promise<PartialOutcome>,
): Promise<PartialOutcome> {
  let last: PartialOutcome = { status: "ok" };
  for (const [field, value] of Object.entries(fields)) {
    last = await enter(field, value);
    if (last.status !== "ok") return last;
  }
  return last;
}
