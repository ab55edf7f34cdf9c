import { AwsError } from "./aws-error.ts";

type Range = readonly [least: number, most: number];

/** Collects everything a request violates and says it at once, in the words of AWS's query services. */
export type Constraints = {
  text: (name: string, value: string, length: Range, form: RegExp) => void;
  number: (name: string, value: number, range: Range) => void;
  atMost: (name: string, list: readonly unknown[], most: number) => void;
  present: (name: string, value: unknown) => void;
  /** @throws AwsError `ValidationError`, if there were any. */
  settle: () => void;
};

export function constraints(): Constraints {
  const violations: string[] = [];
  const violate = (name: string, value: string | number | undefined, constraint: string) => {
    const path = name.charAt(0).toLowerCase() + name.slice(1);
    const shown = value === undefined ? "null" : `'${value}'`;
    violations.push(`Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`);
  };
  return {
    text: (name, value, [least, most], form) => {
      if (value.length < least)
        violate(name, value, `Member must have length greater than or equal to ${least}`);
      if (value.length > most) violate(name, value, `Member must have length less than or equal to ${most}`);
      if (!form.test(value)) {
        violate(name, value, `Member must satisfy regular expression pattern: ${form.source}`);
      }
    },
    number: (name, value, [least, most]) => {
      if (value < least) violate(name, value, `Member must have value greater than or equal to ${least}`);
      if (value > most) violate(name, value, `Member must have value less than or equal to ${most}`);
    },
    atMost: (name, list, most) => {
      if (list.length > most) violate(name, "[…]", `Member must have length less than or equal to ${most}`);
    },
    present: (name, value) => {
      if (value === undefined) violate(name, undefined, "Member must not be null");
    },
    settle: () => {
      if (violations.length === 0) return;
      const count = `${violations.length} validation error${violations.length > 1 ? "s" : ""} detected`;
      throw new AwsError("ValidationError", `${count}: ${violations.join("; ")}`);
    },
  };
}
