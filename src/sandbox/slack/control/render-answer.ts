import { isObject, textOf } from "../json.ts";

/** An answer as plain text, for a person with curl: what is seen, as it reads. */
export function renderAnswer(answer: unknown): string {
  if (Array.isArray(answer)) return answer.map(renderAnswer).join("\n\n");
  if (!isObject(answer)) return String(answer);
  if (typeof answer["rendered"] === "string") {
    const heading =
      answer["ts"] === undefined ? "" : `${textOf(answer["channel"])} ${textOf(answer["ts"])}\n`;
    return heading + answer["rendered"];
  }
  if (typeof answer["status"] !== "string") return JSON.stringify(answer, null, 2);
  const { status, shown, fieldErrors, message, view } = answer;
  return [
    status,
    textOf(shown),
    ...(isObject(fieldErrors)
      ? Object.entries(fieldErrors).map(([id, text]) => `${id}: ${textOf(text)}`)
      : []),
    isObject(message) ? renderAnswer(message) : "",
    isObject(view) ? renderAnswer(view) : "",
  ]
    .filter(Boolean)
    .join("\n");
}
