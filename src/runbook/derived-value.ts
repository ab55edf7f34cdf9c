import * as z from "zod";
import { valueName } from "./identifiers.ts";

/** The only two ways in which a value enters a request or a derived value. */
export const paramRef = z.strictObject({ $param: valueName });
export const derivedRef = z.strictObject({ $derived: valueName });

export type ValueRef = z.infer<typeof paramRef> | z.infer<typeof derivedRef>;

const argument = z.union([z.string().max(200), z.number(), paramRef, derivedRef], {
  error: "an argument is a text, a number, {$param: name} or {$derived: name}",
});

/** A value computed from parameters, or from derived values above it, by one of seven functions. Nothing else computes. */
export const derivedValueSchema = z.strictObject({
  function: z.enum(["concat", "lowercase", "formatDate", "addDays", "epochSeconds", "now", "sha256"]),
  args: z.array(argument).max(10),
});

export type DerivedValue = z.infer<typeof derivedValueSchema>;
export type DerivedArgument = DerivedValue["args"][number];
