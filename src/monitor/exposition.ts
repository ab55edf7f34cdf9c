/** What a metric is, by its name; of a histogram without the endings of its samples. */
export type Families = Readonly<Record<string, { type: "counter" | "gauge" | "histogram"; help: string }>>;

export type Sample = {
  family: string;
  /** `_bucket`, `_sum` or `_count` of a histogram. */
  ending?: string;
  labels?: Readonly<Record<string, string>>;
  value: number;
};

/** Content type of the text below. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Samples as Prometheus reads them: the text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), each
 * family once, in the order given. A family without samples is left out.
 */
export function exposition(families: Families, samples: readonly Sample[]): string {
  return Object.entries(families)
    .flatMap(([name, { type, help }]) => {
      const own = samples.filter(({ family }) => family === name);
      return own.length === 0
        ? []
        : [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...own.map(line)];
    })
    .map((text) => `${text}\n`)
    .join("");
}

function line({ family, ending = "", labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(
    ([name, text]) => `${name}="${escaped(text).replaceAll('"', '\\"')}"`,
  );
  return `${family}${ending}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
