import type { QueueReport } from "../page-api.ts";
import { h } from "./dom.ts";

/** The jobs in Redis: ids and nothing else. */
export function queuePanel(queues: QueueReport): HTMLElement[] {
  if (queues.length === 0) return [h("p", { class: "empty" }, "No queue yet.")];
  return queues.map(({ name, counts, jobs }) =>
    h(
      "section",
      { class: "control" },
      h("h3", {}, name),
      h(
        "p",
        { class: "now" },
        Object.entries(counts)
          .map(([state, count]) => `${count} ${state}`)
          .join(", "),
      ),
      jobs.length > 0 &&
        h(
          "ul",
          {},
          jobs.map((job) => h("li", {}, `${job.state}: ${job.name} `, h("code", {}, job.data))),
        ),
    ),
  );
}
