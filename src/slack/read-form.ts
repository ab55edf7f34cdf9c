import { type FormEntries, formFields } from "./blocks/request-form.ts";
import { NOT_GIVEN, parameterOfBlock, VALUE } from "./blocks/parameter-field.ts";
import type { FieldValue, FormValues } from "./payloads.ts";

/** What stands in the form, raw; checking it is the use case's part. Fields left empty are absent. */
export function readForm(values: FormValues): FormEntries {
  const inputs: Record<string, unknown> = {};
  for (const [blockId, fields] of Object.entries(values)) {
    const name = parameterOfBlock(blockId);
    const value = rawValue(fields[VALUE]);
    if (name !== undefined && value !== undefined) inputs[name] = value;
  }
  const text = (block: string) => {
    const value = rawValue(values[block]?.[VALUE]);
    return typeof value === "string" ? value : undefined;
  };
  const grantKind = text(formFields.grantKind);
  const duration = text(formFields.duration);
  const reason = text(formFields.reason);
  const reference = text(formFields.reference);
  return {
    inputs,
    ...(grantKind === undefined ? {} : { grantKind }),
    ...(duration === undefined ? {} : { durationMinutes: Number(duration) }),
    ...(reason === undefined ? {} : { reason }),
    ...(reference === undefined ? {} : { reference }),
  };
}

/** A field's value whatever its kind: text, an option's value, a list of them, a day, or seconds since 1970. */
function rawValue(field: FieldValue | undefined): unknown {
  if (!field) return undefined;
  const { value, selected_option, selected_options, selected_date, selected_date_time } = field;
  if (selected_options && selected_options.length > 0) return selected_options.map((one) => one.value);
  const single = selected_option?.value ?? value ?? selected_date ?? selected_date_time ?? undefined;
  return single === NOT_GIVEN || single === "" ? undefined : single;
}
