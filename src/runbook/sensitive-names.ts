import type { Runbook } from "./runbook.ts";

/** The parameters marked `x-sensitive`, and the derived values that are computed from one. */
export function sensitiveNames({
  parameters,
  derived = {},
}: Pick<Runbook, "parameters" | "derived">): string[] {
  const names = new Set(
    Object.entries(parameters.properties).flatMap(([name, parameter]) =>
      parameter["x-sensitive"] ? [name] : [],
    ),
  );
  for (const [name, { args }] of Object.entries(derived)) {
    const tainted = args.some(
      (arg) => typeof arg === "object" && names.has("$param" in arg ? arg.$param : arg.$derived),
    );
    if (tainted) names.add(name);
  }
  return [...names];
}
