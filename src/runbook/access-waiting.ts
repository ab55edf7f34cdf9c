import * as z from "zod";
import { slug } from "./identifiers.ts";

/** `escalate` of a step: after so many minutes in which it could have been decided, these groups may decide it too. */
export const accessEscalation = z
  .strictObject({
    afterMinutes: z.int().min(1).max(1440),
    to: z.array(slug).min(1),
  })
  .meta({
    description: "Groups that may decide the step too once it has waited so long; once, and they are told.",
  });

const clockTime = "([01][0-9]|2[0-3]):[0-5][0-9]";

/** `reminders` of a policy: when those who can decide are mentioned again. */
export const accessReminders = z
  .strictObject({
    afterMinutes: z
      .array(z.int().min(1).max(10_080))
      .min(1)
      .max(3, "three reminders are the most")
      .refine(backsOff, "each reminder comes later than the one before, after at least as long a wait"),
    quietHours: z
      .exactOptional(
        z.string().regex(new RegExp(`^${clockTime}-${clockTime}$`), "quiet hours are like 22:00-07:00"),
      )
      .meta({
        description: "Reminders wait for their end, in timezone; not for a risk of high or critical.",
      }),
  })
  .meta({ description: "When those who can decide are mentioned again in the thread, at most three times." });

export type AccessReminders = z.infer<typeof accessReminders>;

export const accessDelegation = z
  .strictObject({ to: z.array(slug).min(1) })
  .meta({ description: "Groups to whose members an approver who is away may give their approving." });

function backsOff(minutes: readonly number[]): boolean {
  const waits = minutes.map((at, index) => at - (minutes[index - 1] ?? 0));
  return waits.every((wait, index) => wait > 0 && wait >= (waits[index - 1] ?? 0));
}
