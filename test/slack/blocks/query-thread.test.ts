import { describe, expect, test } from "vitest";
import { endQuery, recordQuery } from "../../../src/request/query.ts";
import type { QueryEnd, Request, ResultFacts } from "../../../src/request/request.ts";
import { beginRevocation, completeRevocation } from "../../../src/request/revoke.ts";
import { finishRun, type RunEnd } from "../../../src/request/run.ts";
import { validateMessageBlocks } from "../../../src/sandbox/slack/blocks/validate-blocks.ts";
import type { JsonObject } from "../../../src/sandbox/slack/json.ts";
import { renderBlocks } from "../../../src/sandbox/slack/render/render-blocks.ts";
import { auditSentence } from "../../../src/slack/blocks/audit-sentences.ts";
import { requestCard } from "../../../src/slack/blocks/request-card.ts";
import { progressNotice, threadNotice } from "../../../src/slack/blocks/thread-notices.ts";
import type { RunProgress } from "../../../src/workflow/ports.ts";
import { later, lead } from "../../fixtures/a-request.ts";
import { anAthenaPlan, queryId } from "../../fixtures/an-athena-plan.ts";
import { reading } from "../desk.ts";
import { must, running } from "../lives.ts";

const plan = anAthenaPlan();
const result: ResultFacts = {
  rows: 12,
  bytes: 700,
  sha256: "b".repeat(64),
  pages: 1,
  itemsScanned: 0,
  capacityUnits: 0,
  bytesScanned: 1_210_000_000,
  costUsd: 0.00607,
  queryExecutionId: queryId,
  durationMs: 3_100,
};

describe("a query in the thread", () => {
  test("is told with its id and its workgroup when Athena took it", () => {
    expect(told(accepted())).toContain(
      `Athena took the query of run 1: \`${queryId}\` in workgroup jit-cloudtrail`,
    );
  });

  test("its result is told in rows, bytes scanned, cost and time", () => {
    const done = ended("SUCCEEDED", { event: "succeed", result });
    expect(told(done)).toContain("12 addresses · 1.2 GB scanned · about $0.0061 · 3.1 s");
    expect(read(requestCard(done, "requester").blocks)).toContain("12 addresses · 1.2 GB scanned");
    expect(told(done)).not.toContain("finished in Athena");
  });

  test("a reused result costs nothing, and a cut one is a lower bound", () => {
    const reused = { ...result, bytesScanned: 0, costUsd: 0, truncatedBy: "maxRows" } as const;
    expect(told(ended("SUCCEEDED", { event: "succeed", result: reused }))).toContain(
      "0 bytes scanned · no charge · 3.1 s · truncated at 12 rows, the count is a lower bound",
    );
  });

  test("that it was cancelled is told, and that it failed by the failure of its run alone", () => {
    const failure = { code: "x", sentence: "Athena had no capacity." };
    const failed = told(ended("FAILED", { event: "fail", failure }));
    expect(failed).toContain("Athena had no capacity.");
    expect(failed).not.toContain("failed in Athena");
    expect(told(ended("CANCELLED", { event: "stop", failure }))).toContain(
      `The query of run 1 was cancelled in Athena: \`${queryId}\``,
    );
  });

  test.each(["CANCELLED", "SUCCEEDED", "FAILED"] as const)(
    "its end (%s) is a proof of the access's end",
    (state) => {
      const failure = { code: "grant-ended", sentence: "The grant ended." };
      const closing = must(
        beginRevocation(accepted(), { cause: "revoked", by: lead, reason: "Too wide" }, later(60)),
      );
      const stopped = must(finishRun(closing, 1, { event: "stop", failure }, "worker-1", later(61)));
      expect(completeRevocation(stopped, later(70)).status).toBe("refused");
      expect(read(requestCard(stopped, "requester").blocks)).toContain(
        "the query of run 1 is not known to have ended",
      );
      const over = must(completeRevocation(must(endQuery(stopped, 1, state, later(62))), later(70)));
      const words = { CANCELLED: "was cancelled", SUCCEEDED: "finished", FAILED: "failed" }[state];
      expect(told(over)).toContain(`Run 1: query \`${queryId}\` ${words} at 2026-11-21 02:11:02 UTC`);
    },
  );

  test("its progress is state, bytes scanned, cost and time, edited in place", () => {
    expect(progress({ state: "QUEUED", bytesScanned: 0, elapsedMs: 400, costUsd: 0 })).toContain(
      "waiting in Athena · 0 bytes scanned · no charge · 400 ms",
    );
    expect(
      progress({ state: "RUNNING", bytesScanned: 34_000_000, elapsedMs: 12_300, costUsd: 0.00017 }),
    ).toContain("running in Athena · 34 MB scanned · about $0.00017 · 12 s");
    expect(
      progress({ state: "SUCCEEDED", bytesScanned: 10, elapsedMs: 1_000, costUsd: 0.00005 }, 1_500),
    ).toContain(
      "done in Athena, rows are fetched · 10 bytes scanned · less than $0.0001 · 1,500 rows fetched · 1 s",
    );
  });

  test("a read in pages keeps its own words", () => {
    const request = accepted();
    const beat = {
      worker: "w",
      run: 1,
      at: later(60).toISOString(),
      progress: { pages: 2, rows: 40, itemsScanned: 90 },
    };
    expect(read(progressNotice(request, request.runs[0]!, beat).blocks)).toContain(
      "2 pages · 40 rows · 90 items read",
    );
  });

  test("every event has its sentence in the record", () => {
    const sentences = ended("CANCELLED", { event: "stop", failure: { code: "x", sentence: "y" } }).events.map(
      auditSentence,
    );
    expect(sentences.join("\n")).toContain(
      `Athena took the query of run 1 as ${queryId} in workgroup jit-cloudtrail`,
    );
    expect(sentences.join("\n")).toContain("Athena’s query of run 1 was cancelled");
  });

  test("every notice is one that Slack accepts", () => {
    for (const end of ["SUCCEEDED", "FAILED", "CANCELLED"] as const) {
      const request = ended(end, { event: "stop", failure: { code: "x", sentence: "y" } });
      for (const event of request.events) {
        const notice = threadNotice(event, request, reading);
        if (notice) expect(validateMessageBlocks(notice.blocks)).toEqual([]);
      }
    }
  });
});

function accepted(): Request {
  const query = { queryExecutionId: queryId, workgroup: "jit-cloudtrail" };
  return must(recordQuery(running({ plan }), 1, "worker-1", query, later(50)));
}

function ended(state: QueryEnd, end: RunEnd): Request {
  return must(finishRun(must(endQuery(accepted(), 1, state, later(53))), 1, end, "worker-1", later(53)));
}

function told(request: Request): string {
  return request.events
    .flatMap((event) => {
      const notice = threadNotice(event, request, reading);
      return notice ? [read(notice.blocks)] : [];
    })
    .join("\n");
}

function progress(query: NonNullable<RunProgress["query"]>, rows = 0): string {
  const request = accepted();
  const beat = {
    worker: "worker-1",
    run: 1,
    at: later(99).toISOString(),
    progress: { pages: 0, rows, itemsScanned: 0, query },
  };
  const onCard = read(requestCard(request, "requester", { progress: beat.progress }).blocks);
  expect(onCard).toContain("▶ Run 1: running");
  return read(progressNotice(request, request.runs[0]!, beat).blocks);
}

function read(blocks: unknown): string {
  return renderBlocks(blocks as JsonObject[], { names: (id) => `@${id}`, values: {}, errors: {} }).join("\n");
}
