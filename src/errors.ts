/**
 * Three kinds of error: a person must edit something (`RunbookError`, `ConfigError`), another attempt may
 * cure it (`RetryableError`), anything else is a bug. Expected outcomes are values, not errors.
 */

/** Where in which file something is wrong, what was expected and what stood there. */
export type Problem = {
  file: string;
  /** 1-based; absent when the problem is the file itself. */
  line?: number;
  column?: number;
  /** The way to the value inside the file, e.g. `parameters.properties.status`. */
  path?: string;
  /** One sentence: what is wrong and what to do. */
  message: string;
  expected?: string;
  received?: string;
};

/** A deployment's files say something that can't be accepted; carries every problem found, not only the first. */
export class RunbookError extends Error {
  override readonly name = "RunbookError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}

/** `file:line:column path: message (expected …, received …)`, one line. */
export function describeProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const path = problem.path ? ` ${problem.path}` : "";
  const details = [
    problem.expected && `expected ${problem.expected}`,
    problem.received && `received ${problem.received}`,
  ].filter(Boolean);
  return `${place}${path}: ${problem.message}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
}

/** The environment says something that can't be accepted; lists all mistakes at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length} mistake(s):\n${mistakes.map((m) => `  - ${m}`).join("\n")}`,
    );
    this.mistakes = mistakes;
  }
}

/** Another attempt may cure it: a peer was slow, down or throttled. `cause` is kept. */
export class RetryableError extends Error {
  override readonly name = "RetryableError";
}
