import type { InputValue } from "./inputs.ts";

/**
 * Every way in which a value may stand as an SQL literal among `ExecutionParameters`, whatever type it was declared
 * with: what must be hidden is looked for by these, so one too many does no harm and one too few would.
 */
export function literalsOf(value: InputValue): string[] {
  return (typeof value === "object" ? value : [value]).flatMap((one) =>
    typeof one === "number" ? numbers(one) : texts(String(one)),
  );
}

function numbers(value: number): string[] {
  const decimal = value.toFixed(6).replace(/0+$/, "");
  return [...new Set([String(value), `${value}.0`, decimal, `'${value}'`])];
}

function texts(text: string): string[] {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  const time = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d+)?Z?$/.exec(text);
  return [text, quoted, `DATE ${quoted}`, `TIMESTAMP ${quoted}`, ...(time ? moments(time) : [])];
}

/** A time may be written with or without its part of a second, and a day of it may stand alone. */
function moments([, day = "", seconds = "", fraction = ""]: RegExpExecArray): string[] {
  return [
    `DATE '${day}'`,
    ...[...new Set([`${seconds}${fraction}`, seconds])].map((clock) => `TIMESTAMP '${day} ${clock}'`),
  ];
}
