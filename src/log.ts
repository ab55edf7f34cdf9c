import { pino, type DestinationStream } from "pino";

/** Structured log; constant message, data in fields. `error` means that someone must act. */
export type Log = {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
};

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Keys that are blanked wherever they stand, up to four levels deep: secrets, bearer-like handles, rows, inputs and texts of people. */
const SECRET_KEYS = [
  "token",
  "botToken",
  "appToken",
  "signingSecret",
  "JIT_PAGERDUTY_TOKEN",
  "JIT_OPSGENIE_TOKEN",
  "authorization",
  "Authorization",
  "secretAccessKey",
  "SecretAccessKey",
  "sessionToken",
  "SessionToken",
  "credentials",
  "Credentials",
  "response_url",
  "responseUrl",
  "trigger_id",
  "triggerId",
  "private_metadata",
  "rows",
  "csv",
  "inputs",
  "rawInputs",
  "reason",
  "policy",
  "body",
];

/** JSON lines on standard output, secrets blanked. Errors are logged with their causes, never with SDK request or response. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const paths = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: "[redacted]" },
    },
    ...(destination ? [destination] : []),
  );
  const write =
    (kind: "debug" | "info" | "warn" | "error") => (message: string, fields?: Record<string, unknown>) =>
      logger[kind](fields ? plain(fields) : {}, message);
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** Errors become name, message and cause: an SDK error object also carries its request, which must not be written. */
function plain(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? describeError(value) : value,
    ]),
  );
}

function describeError(error: Error, depth = 0): Record<string, unknown> {
  return {
    name: error.name,
    message: error.message.slice(0, 2_000),
    ...(depth === 0 && error.stack ? { stack: error.stack } : {}),
    ...(error.cause instanceof Error && depth < 4 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
