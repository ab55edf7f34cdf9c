/** A checked input: canonical text for strings, dates and times; numbers, booleans and lists as themselves. */
export type InputValue = string | number | boolean | readonly string[];
