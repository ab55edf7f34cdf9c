import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

test("docs/testing.md names tests that are there", () => {
  const docs = readFileSync(join(root, "docs/testing.md"), "utf8");
  const rows = [...docs.matchAll(/^\| [^|]+ \| `(test\/[^`]+)`: (.+?) *\|$/gm)];
  expect(rows.length).toBeGreaterThan(15);
  const missing = rows.filter(
    ([, file = "", title = ""]) => !readFileSync(join(root, file), "utf8").includes(`"${title}`),
  );
  expect(missing.map(([row]) => row)).toEqual([]);
});
