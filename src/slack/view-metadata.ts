import * as z from "zod";

/** What a view carries from its opening to its submission. Everything is checked again then; who acts never stands here. */

const formMetadataSchema = z.object({
  runbook: z.string().max(100),
  channel: z.string().max(30).optional(),
  breakGlass: z.literal(true).optional(),
});
const pickerMetadataSchema = z.object({ channel: z.string().max(30).optional() });
const reasonMetadataSchema = z.object({
  requestId: z.string().max(64),
  shownDigest: z.string().max(12),
  channel: z.string().max(30).optional(),
  shownIn: z.object({ channel: z.string().max(30), ts: z.string().max(30) }).optional(),
});

const queryMetadataSchema = z.object({
  requestId: z.string().max(64),
  field: z.string().max(64),
});

export type FormMetadata = {
  runbook: string;
  channel?: string | undefined;
  /** The form of a break-glass. */
  breakGlass?: true | undefined;
};
export type ReasonMetadata = {
  requestId: string;
  shownDigest: string;
  channel?: string | undefined;
  /** The message whose button opened the view. */
  shownIn?: { channel: string; ts: string } | undefined;
};
/** `field`: the parameter that the query was typed for. */
export type QueryMetadata = { requestId: string; field: string };

export function writeMetadata(
  metadata: FormMetadata | ReasonMetadata | QueryMetadata | { channel?: string | undefined },
): string {
  return JSON.stringify(metadata);
}

export function readFormMetadata(text: string): FormMetadata {
  return formMetadataSchema.parse(JSON.parse(text));
}

export function readPickerMetadata(text: string): { channel?: string | undefined } {
  return text === "" ? {} : pickerMetadataSchema.parse(JSON.parse(text));
}

export function readReasonMetadata(text: string): ReasonMetadata {
  return reasonMetadataSchema.parse(JSON.parse(text));
}

export function readQueryMetadata(text: string): QueryMetadata {
  return queryMetadataSchema.parse(JSON.parse(text));
}

/** A channel, as opposed to a direct message. */
export function realChannel(channel: string | undefined): string | undefined {
  return channel !== undefined && /^[CG]/.test(channel) ? channel : undefined;
}
