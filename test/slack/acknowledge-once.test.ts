import { describe, expect, test } from "vitest";
import { acknowledgeOnce } from "../../src/slack/acknowledge-once.ts";
import { withoutSecrets } from "../../src/slack/bolt-logger.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { type LogLine, recordingLog } from "./surface-harness.ts";

describe("an acknowledgement", () => {
  test("is sent once; the first one counts", async () => {
    const sent: unknown[] = [];
    const acknowledgement = acknowledgeOnce(async (response) => void sent.push(response), silentLog);
    expect(acknowledgement.done).toBe(false);
    await acknowledgement.ack({ response_action: "clear" });
    await acknowledgement.ack();
    expect(acknowledgement.done).toBe(true);
    expect(sent).toEqual([{ response_action: "clear" }]);
  });

  test("that can't be sent ends nothing else, and stands in the log", async () => {
    const log: LogLine[] = [];
    const gone = () => Promise.reject(new Error("the socket is gone"));
    await acknowledgeOnce(gone, recordingLog(log)).ack();
    expect(log).toMatchObject([{ level: "warn", fields: { reason: "the socket is gone" } }]);
  });
});

test("what the library logs holds no token and no signed link", () => {
  const said = withoutSecrets(
    "posting with xoxb-123-abc.def and xapp-1-A0JIT-1-xyz to https://hooks.slack.com/actions/T1/2/secret via wss://wss-primary.slack.com/link/?ticket=secret",
  );
  expect(said).toBe(
    "posting with [token] and [token] to https://hooks.slack.com/… via wss://wss-primary.slack.com/…",
  );
});
