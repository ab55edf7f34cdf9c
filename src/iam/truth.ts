/**
 * `"unknown"` is what can't be decided: an operator we don't know, a variable without a value, a malformed
 * date. An Allow needs `true`; a Deny applies unless `false`. So what is unknown never opens anything.
 */
export type Truth = boolean | "unknown";

/** False as soon as one part is false; unknown only if nothing decides it. */
export function allOf(parts: Iterable<Truth>): Truth {
  let result: Truth = true;
  for (const part of parts) {
    if (part === false) return false;
    if (part === "unknown") result = "unknown";
  }
  return result;
}

/** True as soon as one part is true; unknown only if nothing decides it. */
export function anyOf(parts: Iterable<Truth>): Truth {
  let result: Truth = false;
  for (const part of parts) {
    if (part === true) return true;
    if (part === "unknown") result = "unknown";
  }
  return result;
}

export function not(truth: Truth): Truth {
  return truth === "unknown" ? "unknown" : !truth;
}
