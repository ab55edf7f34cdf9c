import type { Path } from "./expressions.ts";
import { RequestError } from "./request-error.ts";
import type { AttributeValue, Item } from "./requests.ts";

/** A path whose aliases are replaced by the real attribute names; the first part is the top-level name. */
export type ResolvedPath = readonly [string, ...(string | number)[]];

/**
 * The `#names` and `:values` of one request. It remembers which of them were used, because DynamoDB
 * refuses a definition that no expression uses, and a leftover is nearly always a mistake.
 */
export class Placeholders {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Readonly<Item>;
  readonly #used = new Set<string>();

  /** Throws `RequestError` if a placeholder is misnamed or a list of them is empty (leave it out instead). */
  constructor(names: Readonly<Record<string, string>> | undefined, values: Readonly<Item> | undefined) {
    this.#names = checked(names, "ExpressionAttributeNames", /^#[A-Za-z0-9_]+$/u);
    this.#values = checked(values, "ExpressionAttributeValues", /^:[A-Za-z0-9_]+$/u);
    if (Object.values(this.#names).some((name) => typeof name !== "string" || name === "")) {
      throw new RequestError("malformed", "ExpressionAttributeNames: every placeholder needs a name.");
    }
  }

  path(path: Path): ResolvedPath {
    const [first, ...rest] = path.map((part) => {
      if (part.kind === "position") return part.index;
      return part.kind === "alias"
        ? this.#find(this.#names, part.text, "ExpressionAttributeNames")
        : part.text;
    });
    return [String(first), ...rest];
  }

  value(placeholder: string): AttributeValue {
    return this.#find(this.#values, placeholder, "ExpressionAttributeValues");
  }

  /** To be called when all expressions are read. */
  expectAllUsed(): void {
    const unused = [...Object.keys(this.#names), ...Object.keys(this.#values)].filter(
      (p) => !this.#used.has(p),
    );
    if (unused.length > 0) {
      throw new RequestError(
        "unused-placeholder",
        `No expression uses ${unused.join(", ")}; remove the definition.`,
      );
    }
  }

  #find<T>(defined: Readonly<Record<string, T>>, placeholder: string, where: string): T {
    const found = defined[placeholder];
    if (found === undefined) {
      throw new RequestError("undefined-placeholder", `${placeholder} is not defined in ${where}.`);
    }
    this.#used.add(placeholder);
    return found;
  }
}

function checked<T>(
  placeholders: Readonly<Record<string, T>> | undefined,
  where: string,
  form: RegExp,
): Readonly<Record<string, T>> {
  if (placeholders === undefined) return {};
  const keys = Object.keys(placeholders);
  if (keys.length === 0) throw new RequestError("malformed", `${where} is empty; leave it out.`);
  const odd = keys.find((key) => !form.test(key));
  if (odd !== undefined) {
    throw new RequestError("malformed", `${where}: ${JSON.stringify(odd)} is not a placeholder.`);
  }
  return placeholders;
}
