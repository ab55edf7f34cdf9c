export type XmlContent = string | number | Date | { [element: string]: XmlContent | undefined };

/** Elements in order; absent values leave no element. */
export function toXml(content: { [element: string]: XmlContent | undefined }): string {
  return Object.entries(content)
    .filter((entry): entry is [string, XmlContent] => entry[1] !== undefined)
    .map(([name, value]) => `<${name}>${inner(value)}</${name}>`)
    .join("");
}

function inner(value: XmlContent): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return toXml(value);
  return String(value)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
