/**
 * Which way a value may move so that a condition lets fewer rows through: `up` for the lower bound of a range, `down` for
 * the upper one. Absent: the condition is none of these, so the value may not move.
 */
export type Direction = "up" | "down" | undefined;

export function directionOf(operator: string, position: number): Direction {
  switch (operator) {
    case ">":
    case ">=":
      return "up";
    case "<":
    case "<=":
      return "down";
    case "between":
      return position === 0 ? "up" : "down";
    default:
      return undefined;
  }
}

/**
 * Whether a text moved that way, or not at all. Only texts of one alphabet are compared, since DynamoDB orders by UTF-8
 * bytes and Athena by code points.
 */
export function movedText(from: string, to: string, direction: Direction): boolean {
  if (from === to) return true;
  if (direction === undefined || !isAscii(from) || !isAscii(to)) return false;
  return direction === "up" ? from < to : from > to;
}

function isAscii(text: string): boolean {
  return /^[\u0020-\u007E]*$/.test(text);
}
