/** Kept as they are: what joins and colours emoji, in the only places where it does that. */
const emojiJoin =
  /(?<=\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)\u200D(?=\p{Extended_Pictographic})/u;
const emojiStyle = /(?<=[\p{Extended_Pictographic}0-9#*])\uFE0F/u;
/** Nothing to see, or it changes how its neighbours are read: controls, bidi and zero-width characters, fillers, private use. */
const unseen = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/u;
const needsCare = new RegExp(
  String.raw`${emojiJoin.source}|${emojiStyle.source}|(?<unseen>(${unseen.source})\2*)|(?<marks>\p{M}{4,})`,
  "gu",
);

/**
 * Text from people as one line in which nothing is hidden: an invisible character becomes `⟨U+200B⟩`, line breaks
 * become ` ⏎ `, piled-up accents are counted. It forms no markup where it is put into plain or rich text.
 */
export function inert(text: string): string {
  return text
    .replaceAll(/\s*[\r\n\u0085\u2028\u2029\v\f]+\s*/g, " ⏎ ")
    .replaceAll(/[\p{Zs}\t]+/gu, " ")
    .replaceAll(needsCare, careful)
    .trim();
}

/**
 * Text from people or programs in its own lines: line breaks and spaces stay as they are, since in a literal they
 * count; every other invisible character and every unusual space is named. Long pieces without a break stay long.
 */
export function inertLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replaceAll(needsCare, careful).replaceAll(/(?! )\p{Zs}/gu, describeUnseen))
    .join("\n");
}

/** At most `max` characters; what was cut is counted, so that nothing is cut silently. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  for (let keep = max - 1; keep > 0; keep--) {
    const note = `… (${text.length - keep} more characters)`;
    if (keep + note.length <= max) return `${wholeCharacters(text.slice(0, keep))}${note}`;
  }
  return text.slice(0, max);
}

function careful(found: string, ...rest: unknown[]): string {
  const groups = rest.at(-1) as { unseen?: string; marks?: string };
  if (groups.unseen) return describeUnseen(groups.unseen);
  if (groups.marks) return `${found.slice(0, 3)}⟨${found.length - 3} more accents⟩`;
  return found;
}

function describeUnseen(run: string): string {
  const points = Array.from(run);
  const name = `U+${(points[0]?.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return points.length > 1 ? `⟨${name} ×${points.length}⟩` : `⟨${name}⟩`;
}

/** Without half a character at its end. */
function wholeCharacters(text: string): string {
  return text.isWellFormed() ? text : text.replace(/[\uD800-\uDBFF]$/, "");
}
