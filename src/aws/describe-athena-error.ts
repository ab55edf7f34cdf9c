import type { AthenaError } from "@aws-sdk/client-athena";
import { type AwsProblem, describeAwsError } from "./describe-aws-error.ts";

/** What a refused Athena call means for people, by the error's name and `AthenaErrorCode`. */
export function describeAthenaError(error: unknown): AwsProblem {
  const { name, AthenaErrorCode: code } = error instanceof Error ? (error as Refusal) : { name: "" };
  if (name === "TooManyRequestsException") return queueFull;
  if (name === "AccessDeniedException") return workgroupClosed;
  if (name !== "InvalidRequestException") return describeAwsError(error);
  return invalidRequests[code ?? ""] ?? invalidRequest(code);
}

/**
 * What a query that ended as FAILED means, by category and type (Athena User Guide, "Athena error catalog"). Athena's
 * own text may quote values of rows, so only its first word and the place in the query are passed on.
 */
export function describeFailedQuery(error: AthenaError | undefined, reason: string | undefined): AwsProblem {
  const { ErrorType: type, ErrorCategory: category, Retryable: retryable } = error ?? {};
  const { code, sentence } = failureOfType(type) ?? (category === 1 ? internal : rejected);
  const again = retryable ? " AWS says that the same query may succeed when it is run again." : "";
  return { code, sentence: `${sentence}${trinoWords(reason ?? error?.ErrorMessage)}${again}` };
}

/**
 * What a validation that failed means: the same as of the query itself, and that nothing was read.
 *
 * @param linesBefore lines before the query in the text that was validated
 */
export function describeInvalidQuery(
  error: AthenaError | undefined,
  reason: string | undefined,
  linesBefore: number,
): AwsProblem {
  const place = (text: string) =>
    text.replace(
      /: line (\d{1,6}):/,
      (_, line: string) => `: line ${Math.max(1, Number(line) - linesBefore)}:`,
    );
  const { code, sentence } = describeFailedQuery(error, place(reason ?? error?.ErrorMessage ?? ""));
  return {
    code,
    sentence: `The query was validated before it ran and failed, so nothing was scanned. ${sentence}`,
  };
}

/** The query read more than was approved. */
export function overBudget(bytesScanned: number, maxBytesScanned: number): AwsProblem {
  return {
    code: "scan-budget",
    sentence: `The query read ${amount(bytesScanned)}, and ${amount(maxBytesScanned)} were approved, so it was ended and its rows were not read. Narrow it: fewer days, one account. What was read is charged.`,
  };
}

/** Nobody of ours stopped it. */
export function cancelledElsewhere(bytesScanned: number): AwsProblem {
  return {
    code: "query-cancelled",
    sentence: `Athena cancelled the query after ${amount(bytesScanned)}: it reached the workgroup's scan limit, or somebody with rights on the workgroup stopped it. Narrow it, or ask the data source's owner.`,
  };
}

export function columnsDiffer(): AwsProblem {
  return {
    code: "columns-differ",
    sentence:
      "Athena answered with other columns than the runbook declares, so no row was taken. The runbook's owner must compare its output with the query.",
  };
}

/** Decimal units, as AWS charges. */
function amount(bytes: number): string {
  const [unit, size] = units.find(([, least]) => bytes >= least) ?? ["bytes", 1];
  return `${Number((bytes / size).toPrecision(3))} ${unit}`;
}

const units: [string, number][] = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
];

type Refusal = Error & { AthenaErrorCode?: string };

const queueFull: AwsProblem = {
  code: "throttled",
  sentence:
    "Athena has as many queries under way as this account may have, also after several attempts. Nothing ran; ask again in a minute.",
};

const workgroupClosed: AwsProblem = {
  code: "access-denied",
  sentence:
    "AWS refused the call: the data role allows less than the runbook needs on the workgroup, or the session's time was over. A platform admin must compare the role's policy with the runbook's data source.",
};

const invalidRequests: Record<string, AwsProblem> = {
  MALFORMED_QUERY: {
    code: "syntax",
    sentence: "Athena could not read the query's text. The runbook's owner must correct it.",
  },
  WORKGROUP_NOT_FOUND: {
    code: "not-found",
    sentence:
      "The workgroup does not exist in the target account and region. The data source's owner must correct the catalogue.",
  },
  WORKGROUP_DISABLED: {
    code: "workgroup-disabled",
    sentence: "The workgroup is switched off. The data source's owner must enable it.",
  },
  RESULTS_EXPIRED: {
    code: "results-expired",
    sentence: "Athena does not have the result any more. Run it again or ask again.",
  },
};

function invalidRequest(code: string | undefined): AwsProblem {
  const word = code !== undefined && /^[A-Z_]{3,60}$/.test(code) ? ` (${code})` : "";
  return {
    code: "invalid-call",
    sentence: `Athena refused the form of the call${word}. The runbook's owner must compare it with the workgroup and the query's text.`,
  };
}

const rejected: AwsProblem = {
  code: "query-failed",
  sentence: "Athena rejected the query. The runbook's owner must correct it.",
};

const internal: AwsProblem = {
  code: "unavailable",
  sentence: "Athena had an internal error. Nothing is wrong with the request; run it again or ask again.",
};

const denied: AwsProblem = {
  code: "access-denied",
  sentence:
    "Athena was refused the table or its files under this run's rights: the data role allows less than the runbook needs, the files lie elsewhere than the catalogue says, or the session's time was over. The data source's owner must compare them.",
};

const throttledInside: AwsProblem = {
  code: "throttled",
  sentence: "Athena, Glue or S3 was too busy for the query. Run it again in a minute, or ask again.",
};

const exhausted: AwsProblem = {
  code: "exhausted",
  sentence:
    "The query needs more memory than Athena gives one. Narrow it: fewer days, fewer groups, no large join.",
};

const syntax: AwsProblem = {
  code: "syntax",
  sentence: "Athena could not carry out the query as it is written. The runbook's owner must correct it.",
};

const badData: AwsProblem = {
  code: "bad-data",
  sentence:
    "Some files or values are not as the table declares them. The data source's owner must look at the table; another day may work.",
};

const missing: AwsProblem = {
  code: "not-found",
  sentence:
    "The query names a table, file or bucket that does not exist, or that this run may not see. The data source's owner must correct the catalogue.",
};

/** Type ranges of the catalog that mean the same to a person. */
const failures: readonly [first: number, last: number, problem: AwsProblem][] = [
  [0, 8, exhausted],
  [206, 206, timedOutInside()],
  [210, 210, timedOutInside()],
  [234, 234, denied],
  [1001, 1002, badData],
  [1004, 1004, syntax],
  [1005, 1005, badData],
  [1006, 1006, syntax],
  [1007, 1007, badData],
  [1100, 1108, syntax],
  [1109, 1110, missing],
  [1200, 1202, syntax],
  [1300, 1302, missing],
  [1303, 1303, syntax],
  [1306, 1306, missing],
  [1400, 1401, throttledInside],
  [1403, 1406, throttledInside],
  [1500, 1501, denied],
  [1602, 1602, throttledInside],
];

function timedOutInside(): AwsProblem {
  return {
    code: "timeout",
    sentence: "The query took longer than Athena allows and was stopped. Narrow it: fewer days, one account.",
  };
}

function failureOfType(type: number | undefined): AwsProblem | undefined {
  return type === undefined
    ? undefined
    : failures.find(([first, last]) => type >= first && type <= last)?.[2];
}

function trinoWords(text: string | undefined): string {
  const [, word, line, column] = /^([A-Z][A-Z_]{2,60}):(?: line (\d{1,6}):(\d{1,6}))?/.exec(text ?? "") ?? [];
  if (word === undefined) return "";
  return line === undefined ? ` Athena says ${word}.` : ` Athena says ${word} at line ${line}:${column}.`;
}
