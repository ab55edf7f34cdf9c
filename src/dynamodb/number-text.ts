/**
 * The one way we write a DynamoDB number: no exponent, no leading or trailing zeros, no `+`, no `-0`.
 * `"042.50"` → `"42.5"`, `"1e3"` → `"1000"`. Undefined if it is no number or beyond 38 significant digits or
 * beyond 10^-130 to 10^126 (API Reference, AttributeValue N).
 *
 * That IAM sees number keys in this form is not documented; it has to be tested in a real account.
 */
export function numberText(text: string): string | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/u.exec(text);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (!match || whole + fraction === "") return undefined;
  const digits = (whole + fraction).replace(/^0+/u, "");
  const significant = digits.replace(/0+$/u, "");
  if (significant === "") return "0";
  /** Where the decimal point stands, counted from the first significant digit. */
  const point = digits.length - fraction.length + Number(exponent);
  if (significant.length > 38 || point > 126 || point < -129) return undefined;
  const plain =
    point <= 0
      ? `0.${"0".repeat(-point)}${significant}`
      : significant.length <= point
        ? significant.padEnd(point, "0")
        : `${significant.slice(0, point)}.${significant.slice(point)}`;
  return sign === "-" ? `-${plain}` : plain;
}
