/** Letters and digits, as IAM wants them: `gsi-status` becomes `GsiStatus`. */
export function sidOf(...words: readonly string[]): string {
  return words
    .flatMap((word) => word.split(/[^A-Za-z0-9]+/u))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
