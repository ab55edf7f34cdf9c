import { correlationId, type Request, type Run } from "../../request/request.ts";
import { maskCell } from "../../runbook/mask-cell.ts";
import type { OutputColumn } from "../../runbook/plan.ts";
import type { Row } from "../../workflow/ports.ts";
import { context, plain, section, table } from "./elements.ts";
import { clip, inert } from "./inert.ts";
import { dateToken, literal, type Markup, markup } from "./markup.ts";
import type { Message } from "./request-card.ts";
import { resultHeadline } from "./result-headline.ts";
import { counted } from "./words.ts";

/** The requester's rows as a table; the notification text holds none of them. */
export function rowsAsTable(request: Request, run: Run, rows: readonly Row[]): Message {
  const { columns } = request.plan.output;
  const text = headline(request, run);
  return {
    text,
    blocks: [
      section(text),
      tableOf(
        columns,
        rows.map((row) => cellsOf(row, columns)),
      ),
      context(fate(request, run)),
    ],
  };
}

/** What stands above the file with the rows. */
export function rowsAsFile(request: Request, run: Run, fileName: string): Message {
  const text = headline(request, run);
  return {
    text,
    blocks: [
      section(text),
      section(plain(`All rows are in ${fileName} below.`)),
      context(fate(request, run)),
    ],
  };
}

export function noRows(request: Request, run: Run): Message {
  const text = headline(request, run);
  return {
    text,
    blocks: [
      section(text),
      section(plain(request.plan.output.emptyResult)),
      context(markup`\`${literal(correlationId(request.id, run.no))}\``),
    ],
  };
}

/** Stands in the place of rows whose time is over. */
export function rowsRemoved(request: Request, runKey: string): Message {
  const text = markup`Rows removed: the access that they belong to is over (\`${literal(`${request.id}/${runKey}`)}\`). Downloads and exports made before are not recalled.`;
  return { text, blocks: [section(text)] };
}

/** At most ten rows for everybody who reads the thread, each value masked as its column says. */
export function maskedPreview(request: Request, run: Run, rows: readonly Row[]): Message {
  const { columns, noun } = request.plan.output;
  const shown = rows.slice(0, previewRows);
  const text = markup`Masked preview of run ${run.no}: ${shown.length} of ${literal(counted(rows.length, noun.one, noun.other))}. All of them went to the requester.`;
  const cells = shown.map((row) =>
    columns.map((column) => clip(inert(maskCell(row[column.name] ?? "", column.mask)), previewCell)),
  );
  return { text, blocks: [section(text), tableOf(columns, cells)] };
}

export function previewWithheld(run: Run, why: string): Message {
  const text = markup`No preview of run ${run.no} here: ${literal(why)}. The rows go to the requester alone.`;
  return { text, blocks: [section(text)] };
}

/** Whether a table can show every row in full: within Slack's 100 rows, 20 columns and 10,000 characters, and what a phone bears. */
export function fitsTable(rows: readonly Row[], columns: readonly OutputColumn[]): boolean {
  if (rows.length > tableRows || columns.length > tableColumns) return false;
  const characters = rows.flatMap((row) => cellsOf(row, columns).map((cell) => inert(cell).length));
  return characters.reduce((sum, length) => sum + length, 0) <= tableCharacters;
}

const tableRows = 20;
const tableColumns = 20;
const tableCharacters = 5000;
const previewRows = 10;
const previewCell = 40; // 10 rows of 20 columns stay below Slack's 10,000 characters

function headline(request: Request, run: Run): Markup {
  const { plan } = request;
  const facts = run.result ? resultHeadline(run.result, plan.output.noun) : "done";
  return markup`*${literal(facts)}* · ${literal(plan.runbook.title)} on ${literal(plan.target.environment)}, run ${run.no}`;
}

function fate(request: Request, run: Run): Markup {
  const id = markup`\`${literal(correlationId(request.id, run.no))}\``;
  const { removeOnEnd, classification } = request.plan.output;
  return removeOnEnd && request.grant
    ? markup`Only you see these rows (${literal(classification)}). They are removed ${dateToken(request.grant.endsAt)}. ${id}`
    : markup`Only you see these rows (${literal(classification)}). ${id}`;
}

/** Masked again where the data source wants it so, which changes nothing of rows that came masked (`maskRows`). */
function cellsOf(row: Row, columns: readonly OutputColumn[]): string[] {
  return columns.map(({ name, mask, alwaysMasked }) => {
    const value = row[name] ?? "";
    return alwaysMasked ? maskCell(value, mask) : value;
  });
}

function tableOf(columns: readonly OutputColumn[], cells: readonly (readonly string[])[]) {
  const shown = columns.slice(0, tableColumns);
  const short = (row: readonly string[]) => row.slice(0, tableColumns);
  return table(
    [shown.map((column) => column.title), ...cells.map(short)],
    shown.map((column) => column.type === "integer" || column.type === "number"),
  );
}
