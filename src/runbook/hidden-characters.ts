/**
 * What can't be seen or changes how its neighbours are read: controls (NUL, newlines, tabs), bidirectional marks,
 * zero-width and other default-ignorable characters, line separators, lone surrogates, private and unassigned ones.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/u;

/** The first such character as `U+202E`, if there is one. */
export function hiddenCharacter(text: string): string | undefined {
  const found = hidden.exec(text)?.[0].codePointAt(0);
  return found === undefined ? undefined : `U+${found.toString(16).toUpperCase().padStart(4, "0")}`;
}
