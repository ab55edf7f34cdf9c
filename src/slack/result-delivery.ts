import { RetryableError } from "../errors.ts";
import { forRun } from "../request/further-query.ts";
import type { Request, Run } from "../request/request.ts";
import { runOf } from "../request/run.ts";
import type {
  Copy,
  DeliveryOutcome,
  Directory,
  Log,
  RequestStore,
  ResultDelivery,
  Row,
} from "../workflow/ports.ts";
import type { Message } from "./blocks/request-card.ts";
import { fitsTable, noRows, rowsAsFile, rowsAsTable } from "./blocks/result-messages.ts";
import { hashOf } from "./bring-copy.ts";
import type { ChannelFacts } from "./channel-facts.ts";
import { type Cursor, createCursor, findCopy, withCopy } from "./projection-cursor.ts";
import { rememberOrRemove } from "./remember-or-remove.ts";
import { personProblemOf } from "./sentences.ts";
import { showPreview } from "./show-preview.ts";
import type { NotSent, SlackPoster } from "./slack-poster.ts";

export type DeliveryDeps = {
  store: Pick<RequestStore, "get" | "saveProjection">;
  slack: SlackPoster;
  directory: Directory;
  channelFacts: (channel: string) => Promise<ChannelFacts>;
  /** Draws the request, see `createProjector`. */
  project: (requestId: string) => Promise<void>;
  log: Log;
};

/**
 * Brings rows to the requester by direct message: a table when small, else a CSV file, a sentence when there are
 * none. Who they are is asked again at this moment. The thread gets a masked preview at most, and only where the
 * runbook and the policy both allow it and the channel is ours alone. Delivering a run again sends nothing twice.
 */
export function createResultDelivery(deps: DeliveryDeps): ResultDelivery {
  return {
    async deliver(current, runNo, { rows, csv, preview }) {
      const request = forRun(current, runNo);
      const run = runOf(request, runNo);
      const stored = await deps.store.get(request.id);
      if (!run || !stored) throw new Error(`Run ${runNo} of request ${request.id} is not stored`);
      const withheld = await whyWithheld(deps, request);
      if (withheld !== undefined) return { status: "withheld", why: withheld };
      const cursor = createCursor(deps.store, stored);
      const outcome = await sendRows(deps, cursor, request, run, rows, csv);
      if (outcome.status !== "delivered" || rows.length === 0) return outcome;
      const noPreview = await showPreview(deps, cursor, request, run, rows, preview);
      return { ...outcome, ...(noPreview === undefined ? {} : { noPreview }) };
    },
  };
}

async function whyWithheld({ directory }: DeliveryDeps, request: Request): Promise<string | undefined> {
  const person = await directory.check(request.requester);
  if (person.status === "ok") return undefined;
  // Slack that can't answer opens nothing; the rows wait in memory and the question is asked again.
  if (person.problem === "unknown") throw new RetryableError("Slack could not say who the requester is");
  return `The requester may not see them any more: ${personProblemOf(person.problem)}.`;
}

async function sendRows(
  deps: DeliveryDeps,
  cursor: Cursor,
  request: Request,
  run: Run,
  rows: readonly Row[],
  csv: string,
): Promise<DeliveryOutcome> {
  if (rows.length === 0) {
    const sent = await sendMessage(deps, cursor, request, run, noRows(request, run), "no-rows");
    return "channel" in sent ? { status: "delivered", as: "empty" } : withheldBy(sent);
  }
  if (fitsTable(rows, request.plan.output.columns)) {
    const sent = await sendMessage(deps, cursor, request, run, rowsAsTable(request, run, rows));
    return "channel" in sent ? { status: "delivered", as: "table" } : withheldBy(sent);
  }
  // Our own name: nothing that somebody typed becomes part of a file name.
  const name = `jit_${request.id.replaceAll(/[^A-Za-z0-9_-]/g, "")}_${run.no}.csv`;
  const sent = await sendMessage(deps, cursor, request, run, rowsAsFile(request, run, name));
  if (!("channel" in sent)) return withheldBy(sent);
  if (sent.fileShared) return { status: "delivered", as: "file" };
  return sendFile(deps, cursor, sent, threadFor(cursor, request)?.ts ?? sent.ts, { name, content: csv });
}

/** The file's id is stored before anybody can see the file: whatever fails afterwards, it can be removed. */
async function sendFile(
  { slack }: DeliveryDeps,
  cursor: Cursor,
  copy: Copy,
  threadTs: string,
  file: { name: string; content: string },
): Promise<DeliveryOutcome> {
  if (copy.file !== undefined) {
    // Slack never said whether this one arrived, and two would be one too many.
    const removed = await slack.removeFile(copy.file);
    if (removed.status === "later" || removed.status === "unreachable") return withheldBy(removed);
  }
  const opened = await slack.openFile(file);
  if (opened.status !== "opened") return withheldBy(opened);
  await cursor.change((projection) => withCopy(projection, { ...copy, file: opened.file }));
  const shared = await slack.shareFile({ channel: copy.channel, threadTs }, opened, file);
  if (shared.status !== "shared") return withheldBy(shared);
  await cursor.change((projection) => withCopy(projection, { ...copy, file: opened.file, fileShared: true }));
  return { status: "delivered", as: "file" };
}

/** Posts the message for this run once; a second delivery finds the first. */
async function sendMessage(
  { slack }: DeliveryDeps,
  cursor: Cursor,
  request: Request,
  run: Run,
  message: Message,
  role: "rows" | "no-rows" = "rows",
): Promise<Copy | NotSent> {
  const standing = findCopy(cursor.projection, role, String(run.no));
  if (standing) return standing;
  const root = threadFor(cursor, request);
  const inThread = root && (await slack.post({ channel: root.channel, threadTs: root.ts }, message));
  const sent =
    inThread && inThread.status !== "gone" && inThread.status !== "unreachable"
      ? inThread
      : await slack.post({ channel: request.requester.userId }, message);
  if (sent.status !== "posted") return sent;
  const { channel, ts } = sent;
  const copy: Copy = { role, key: String(run.no), channel, ts, shown: hashOf(message) };
  await rememberOrRemove(slack, cursor, copy);
  return copy;
}

/** The requester's own copy of the card, under which their rows stand. */
function threadFor(cursor: Cursor, request: Request): Copy | undefined {
  return findCopy(cursor.projection, "requester", `${request.requester.teamId}:${request.requester.userId}`);
}

function withheldBy(outcome: NotSent): DeliveryOutcome {
  switch (outcome.status) {
    case "later":
      throw new RetryableError("Slack could not be reached", { cause: outcome.cause });
    case "unreachable":
      return {
        status: "withheld",
        why: `Slack does not let me write to the requester directly (${outcome.error}). They can open the app’s Messages tab, or ask an admin, and run it again.`,
      };
    case "gone":
      throw new RetryableError("The message above the rows is gone");
  }
}
