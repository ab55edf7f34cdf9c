import type { CallReport, RequestLine, RequestReport } from "../page-api.ts";
import { h } from "./dom.ts";
import { mention, type Viewer } from "./text.ts";
import { timeline } from "./timeline.ts";

export type PanelDeps = { viewer: Viewer; open: (id: string) => void };

/** Which request to look into. */
export function drawRequestList(
  box: HTMLElement,
  lines: readonly RequestLine[],
  chosen: string,
  deps: PanelDeps,
): void {
  if (lines.length === 0) {
    box.replaceChildren(h("p", { class: "empty" }, "No request yet. Type /jit request in a channel."));
    return;
  }
  const select = h(
    "select",
    { "aria-label": "Request", "data-focus": "request", onchange: () => deps.open(select.value) },
    h("option", { value: "", disabled: true, selected: chosen === "" }, "Choose a request"),
    lines.map(({ id, state, title, requester }) =>
      h(
        "option",
        { value: id, selected: id === chosen },
        `${state} · ${title} · ${deps.viewer.names[requester] ?? requester} · ${id.slice(-4)}`,
      ),
    ),
  );
  const wasFocused = box.contains(document.activeElement);
  box.replaceChildren(select);
  if (wasFocused) select.focus();
}

/** Everything behind a request that Slack does not show. */
export function requestPanel(report: RequestReport, deps: PanelDeps): HTMLElement[] {
  const { request, plan, events, broken } = report;
  return [
    h(
      "p",
      { class: "state" },
      h("span", { class: `pill ${request.state}` }, request.state),
      ` ${request.plan.runbook.title} `,
      h("code", {}, request.id),
    ),
    part("Way", true, [timeline(events)]),
    part("Plan", true, [
      h("p", {}, plan.touches),
      h("p", {}, plan.limits),
      h("h4", {}, plan.title),
      h("pre", { tabindex: 0 }, plan.lines.join("\n")),
      facts([
        ["plan digest", h("code", {}, request.planDigest)],
        ["runbook", `${request.plan.runbook.name} v${request.plan.runbook.version}`],
        ["runbook digest", h("code", {}, request.plan.runbook.digest)],
        [
          "target",
          `${request.plan.target.environment}, ${request.plan.target.account}, ${request.plan.target.region}`,
        ],
        ["data role", h("code", {}, request.plan.target.role)],
      ]),
    ]),
    part(`Session policy (${report.policyCharacters} of 2048 characters)`, true, [
      h(
        "ol",
        { class: "policy" },
        report.policy.map(({ statement, sentence }) =>
          h("li", {}, h("p", {}, sentence), json("The statement", statement)),
        ),
      ),
      h("p", { class: "hint" }, "Each lease adds its own expiry to every statement."),
    ]),
    part("Votes", true, [votes(report, deps.viewer)]),
    part("Runs and sessions", true, runs(report)),
    part(`AWS calls (${report.calls.length})`, true, [awsCalls(report.calls)]),
    part(`Audit events (${events.length})`, false, [
      h(
        "p",
        { class: broken ? "error" : "good" },
        broken ? `Event ${broken.seq} ${broken.problem}.` : "The hash chain holds.",
      ),
      h(
        "ol",
        { class: "events", start: 0 },
        events.map((event) =>
          h(
            "li",
            {},
            h("strong", {}, event.fact.type),
            ` ${event.at} by ${actorName(event.actor, deps.viewer)}`,
            h(
              "div",
              { class: "hash" },
              "hash ",
              h("code", { title: event.hash }, event.hash.slice(0, 16)),
              " after ",
              h("code", {}, event.prev.slice(0, 16)),
            ),
            json("The fact", event.fact),
          ),
        ),
      ),
    ]),
  ];
}

function part(title: string, open: boolean, children: HTMLElement[]): HTMLElement {
  return h(
    "details",
    { open, "data-part": title.replace(/\s*\(.*/, "") },
    h("summary", {}, h("h3", {}, title)),
    children,
  );
}

function facts(rows: [string, Node | string][]): HTMLElement {
  return h(
    "dl",
    {},
    rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

function json(title: string, value: unknown): HTMLElement {
  return h(
    "details",
    { class: "json", "data-part": title + JSON.stringify(value).slice(0, 80) },
    h("summary", {}, title),
    h("pre", { tabindex: 0 }, JSON.stringify(value, null, 2)),
  );
}

function votes({ request }: RequestReport, viewer: Viewer): HTMLElement {
  const { approval } = request;
  return h(
    "div",
    {},
    h(
      "p",
      {},
      `Needs ${approval.count} of ${approval.groups.join(", ")} by policy ${approval.policy}; could decide: `,
      ...approval.approvers.flatMap((person, index) => [
        index > 0 ? ", " : "",
        mention(person.userId, viewer),
      ]),
    ),
    h(
      "ul",
      {},
      request.votes.map((vote) =>
        h(
          "li",
          {},
          mention(vote.by.userId, viewer),
          ` ${vote.decision === "approve" ? "approved" : "denied"} at ${vote.at}`,
          vote.reason ? `: ${vote.reason}` : "",
        ),
      ),
    ),
  );
}

function runs({ request }: RequestReport): HTMLElement[] {
  if (request.runs.length === 0) return [h("p", { class: "empty" }, "None yet.")];
  return request.runs.map((run) =>
    h(
      "div",
      { class: "run" },
      h("p", {}, h("span", { class: `pill ${run.state}` }, run.state), ` run ${run.no}`),
      facts([
        ...(run.startedAt ? [["started", run.startedAt] as [string, string]] : []),
        ...(run.endedAt ? [["ended", run.endedAt] as [string, string]] : []),
        ...(run.failure ? [["failure", run.failure.sentence] as [string, string]] : []),
        ...(run.result
          ? ([
              [
                "result",
                `${run.result.rows} rows, ${run.result.bytes} bytes, SHA-256 ${run.result.sha256.slice(0, 16)}`,
              ],
            ] as [string, string][])
          : []),
        ...(run.lease
          ? ([
              ["session", run.lease.sessionName],
              ["source identity", run.lease.sourceIdentity],
              ["expires", run.lease.expiresAt],
              [
                "proven",
                `planned calls allowed: ${run.lease.checks.allowed}, others denied: ${run.lease.checks.denied}`,
              ],
              [
                "end",
                run.lease.end
                  ? `${run.lease.end.proof} at ${run.lease.end.at}: ${run.lease.end.detail}`
                  : "not yet proven",
              ],
            ] as [string, string][])
          : []),
      ]),
    ),
  );
}

function awsCalls(calls: readonly CallReport[]): HTMLElement {
  if (calls.length === 0) return h("p", { class: "empty" }, "None yet.");
  return h(
    "ol",
    { class: "calls" },
    calls.map((call) =>
      h(
        "li",
        {},
        h("span", { class: `pill ${call.access}` }, call.access),
        h("strong", {}, ` ${call.call}`),
        ` by ${call.invokedBy ?? call.principal}, ${call.latencyMs} ms`,
        call.fault && h("p", { class: "error" }, `Fault played: ${call.fault}`),
        call.error && h("p", { class: "error" }, call.error),
        call.checks.map((check) =>
          h(
            "div",
            { class: "check" },
            h(
              "p",
              {},
              `${check.allowed ? "allowed" : "denied"}: ${check.action} on `,
              h("code", {}, check.resource),
            ),
            h(
              "ul",
              {},
              check.why.map((sentence) => h("li", {}, sentence)),
            ),
          ),
        ),
        h(
          "details",
          { class: "json", "data-part": `call ${call.id}` },
          h("summary", {}, "The request"),
          h("pre", { tabindex: 0 }, call.request),
        ),
      ),
    ),
  );
}

function actorName(actor: RequestReport["events"][number]["actor"], viewer: Viewer): string {
  switch (actor.kind) {
    case "person":
      return viewer.names[actor.id.userId] ?? actor.id.userId;
    case "worker":
      return `worker ${actor.id}`;
    case "system":
      return "the product";
    case "operator":
      return `operator ${actor.name}`;
  }
}
