import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { extname, join } from "node:path";

const folder = join(import.meta.dirname, "browser");
const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".ts": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

export type PageFile = { type: string; content: Buffer };

/** The browser's files by their path; TypeScript loses its types here, and that is all that is done to it. */
export function pageFiles(): Map<string, PageFile> {
  const names = readdirSync(folder).filter((name) => types[extname(name)] !== undefined);
  return new Map(names.map((name) => [name === "page.html" ? "/" : `/${name}`, read(name)]));
}

function read(name: string): PageFile {
  const text = readFileSync(join(folder, name), "utf8");
  const isScript = extname(name) === ".ts";
  return {
    type: types[extname(name)] ?? "application/octet-stream",
    content: Buffer.from(isScript ? stripTypeScriptTypes(text) : text),
  };
}
