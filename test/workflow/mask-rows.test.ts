import { expect, test } from "vitest";
import type { OutputColumn } from "../../src/runbook/plan.ts";
import { maskRows } from "../../src/workflow/mask-rows.ts";

const column = (name: string, mask: OutputColumn["mask"], alwaysMasked?: true): OutputColumn => ({
  name,
  title: name,
  type: "string",
  classification: "pii",
  mask,
  ...(alwaysMasked && { alwaysMasked }),
});

test("what may only be shown masked is masked, what is masked for a preview alone is not", () => {
  const columns = [
    column("id", "none"),
    column("note", "hide"),
    column("phone", "last4", true),
    column("mail", "hide", true),
  ];
  const rows = [
    { id: "1", note: "n", phone: "+441632960000", mail: "a@example.com" },
    { id: "2", phone: "123", mail: "" },
  ];
  const masked = [
    { id: "1", note: "n", phone: "…0000", mail: "•••" },
    { id: "2", phone: "•••", mail: "" },
  ];
  expect(maskRows(rows, columns)).toEqual(masked);
  expect(maskRows(masked, columns)).toEqual(masked);
});

test("of two columns with one name, one that is masked masks both", () => {
  const columns = [column("x", "none"), column("x", "hide", true)];
  expect(maskRows([{ x: "secret" }], columns)).toEqual([{ x: "•••" }]);
});
