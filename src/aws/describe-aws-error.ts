/** What an AWS error means for people, by its name and never by its text (names as the SDK for JavaScript shows them). */
export type AwsProblem = {
  /** A stable word for logs and tests. */
  code: string;
  sentence: string;
};

const problems: Record<string, AwsProblem> = {
  AccessDenied: {
    code: "access-denied",
    sentence:
      "AWS refused to hand out the session: the data role does not trust the bot, or its own rights are too small. A platform admin must compare the role's trust policy with the documented one.",
  },
  AccessDeniedException: {
    code: "access-denied",
    sentence:
      "AWS refused the call: the data role allows less than the runbook needs. A platform admin must compare the role's policy with the runbook's data source.",
  },
  PackedPolicyTooLargeException: {
    code: "policy-too-large",
    sentence:
      "The session policy is too large for STS. The runbook's owner must read fewer attributes or keys.",
  },
  MalformedPolicyDocumentException: {
    code: "malformed-policy",
    sentence: "STS did not understand the session policy. This is a bug of the bot; nothing was read.",
  },
  RegionDisabledException: {
    code: "region-disabled",
    sentence: "STS is switched off in the data source's region. A platform admin must enable it.",
  },
  ValidationError: {
    code: "invalid-call",
    sentence: "STS refused the form of the call. A platform admin must check the role's ARN and external id.",
  },
  ValidationException: {
    code: "invalid-call",
    sentence:
      "DynamoDB refused the form of the query. The runbook's owner must compare it with the table's keys and indexes.",
  },
  ResourceNotFoundException: {
    code: "not-found",
    sentence:
      "The table or index does not exist in the target account and region. The data source's owner must correct the catalogue.",
  },
  ExpiredTokenException: {
    code: "expired",
    sentence: "The session was over before the query ended. Ask for a narrower query.",
  },
  ExpiredToken: {
    code: "own-credentials-expired",
    sentence: "The bot's own AWS credentials are over. A platform admin must look at its role.",
  },
  InvalidClientTokenId: {
    code: "own-credentials-invalid",
    sentence: "AWS does not know the bot's own credentials. A platform admin must look at its role.",
  },
  UnrecognizedClientException: {
    code: "credentials-invalid",
    sentence:
      "AWS does not know the credentials that were used. A platform admin must look at the bot's role.",
  },
  TimeoutError: {
    code: "timeout",
    sentence: "AWS did not answer in time. Nothing is wrong with the request; ask again.",
  },
};

const throttled: AwsProblem = {
  code: "throttled",
  sentence: "AWS is throttling: too many calls on the table or account. Ask again in a minute.",
};

const unavailable: AwsProblem = {
  code: "unavailable",
  sentence: "AWS could not be reached or had an internal error, also after retries. Ask again in a minute.",
};

const noSession: AwsProblem = {
  code: "unavailable",
  sentence:
    "AWS gave no session: it could not be reached or had an internal error, and it is not asked twice. Nothing was read; ask again in a minute.",
};

const THROTTLES = new Set([
  "Throttling",
  "ThrottlingException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
]);

/** The same when STS was asked for a session: whatever is over or unknown there is the bot's own. */
export function describeStsError(error: unknown): AwsProblem {
  const own = read(error).name === "ExpiredTokenException" ? problems["ExpiredToken"] : undefined;
  const problem = own ?? describeAwsError(error);
  return problem === unavailable ? noSession : problem;
}

export function describeAwsError(error: unknown): AwsProblem {
  const { name, status, code } = read(error);
  if (THROTTLES.has(name)) return throttled;
  const known = problems[name];
  if (known) return known;
  if ((status !== undefined && status >= 500) || code !== undefined) return unavailable;
  return {
    code: "failed",
    sentence: `AWS answered ${name || "an error without a name"}. The bot's log has the details.`,
  };
}

/**
 * Whether STS surely made no session, and may make one when it is asked again: it was too busy for the call, it did not
 * accept the time of its signature (which the SDK corrects by the answer), or the call never reached it. After other
 * errors that may pass a session may exist that nobody got, and asking again would make a second one.
 */
export function madeNoSession(error: unknown): boolean {
  const { name, code } = read(error);
  return THROTTLES.has(name) || WRONG_TIME.has(name) || (code !== undefined && NEVER_SENT.has(code));
}

/** Whether STS may answer otherwise when it is asked again for what may well be made twice. */
export function mayPass(error: unknown): boolean {
  return isTransient(error) || madeNoSession(error);
}

const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** What the SDK takes for clocks that differ (smithy `service-error-classification`). */
const WRONG_TIME = new Set([
  "AuthFailure",
  "InvalidSignatureException",
  "RequestExpired",
  "RequestInTheFuture",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);

/**
 * Whether a call that was sent once may have been carried out although it failed: no answer came, or one that says
 * nothing about it. A refusal, also for too many calls, is an answer.
 */
export function isUnanswered(error: unknown): boolean {
  const { name, status, code } = read(error);
  if (THROTTLES.has(name) || (code !== undefined && NEVER_SENT.has(code))) return false;
  return status === undefined || status >= 500;
}

/** Whether another attempt at the same call may be answered otherwise. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(describeAwsError(error).code);
}

const TRANSIENT = new Set([throttled.code, unavailable.code, "timeout"]);

function read(error: unknown): { name: string; status: number | undefined; code: string | undefined } {
  if (!(error instanceof Error)) return { name: "", status: undefined, code: undefined };
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: unknown };
  return {
    name: error.name,
    status: $metadata?.httpStatusCode,
    code: typeof code === "string" ? code : undefined,
  };
}
