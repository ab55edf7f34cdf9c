const mysql: Record<string, string> = {
  "%i": "%M",
  "%s": "%S",
  "%T": "%H:%M:%S",
  "%M": "%B",
  "%W": "%A",
  "%e": "%-d",
  "%k": "%-H",
  "%h": "%I",
  "%r": "%I:%M:%S %p",
  "%x": "%G",
};
const joda: Record<string, string> = {
  yyyy: "%Y",
  yy: "%y",
  MMMM: "%B",
  MMM: "%b",
  MM: "%m",
  dd: "%d",
  HH: "%H",
  hh: "%I",
  mm: "%M",
  ss: "%S",
  SSS: "%g",
  a: "%p",
  Z: "%z",
};

/** A quoted MySQL (`date_parse`) or Joda (`parse_datetime`) format as `strptime` and `strftime` take it. */
export function translateFormat(quoted: string, style: "mysql" | "joda"): string {
  return style === "mysql"
    ? quoted.replaceAll(/%./gu, (code) => mysql[code] ?? code)
    : quoted.replaceAll(/yyyy|yy|MMMM|MMM|MM|dd|HH|hh|mm|ss|SSS|a|Z/gu, (code) => joda[code] ?? code);
}
