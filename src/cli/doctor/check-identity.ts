import { GetCallerIdentityCommand, type STSClient } from "@aws-sdk/client-sts";
import { askStsTime } from "../../aws/ask-sts-time.ts";
import { describeStsError } from "../../aws/describe-aws-error.ts";
import { error, type Finding, ok, warning } from "./finding.ts";

/** STS tells its time in whole seconds; below this nothing can be said. */
const WARN_SKEW_MS = 5_000;
/** Beyond it windows and lapse times are visibly wrong, and an SDK begins to correct signatures at four minutes. */
const MAX_SKEW_MS = 60_000;
const TIMEOUT_MS = 10_000;

export type Identity = { findings: Finding[]; arn?: string };

/** Whom AWS takes the bot for, and how far this host's clock is from AWS's. */
export async function checkIdentity(sts: STSClient, now: () => Date): Promise<Identity> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { Arn: arn = "" } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
    const before = now();
    const stsTime = await askStsTime(sts, signal);
    const here = new Date((before.getTime() + now().getTime()) / 2);
    return { arn, findings: [whoFinding(arn), clockFinding(here, stsTime)] };
  } catch (thrown) {
    const { sentence } = describeStsError(thrown);
    return {
      findings: [
        error(
          "identity",
          sentence,
          "Give the process the credentials of the bot's role, and a way to STS of AWS_REGION.",
        ),
      ],
    };
  }
}

function whoFinding(arn: string): Finding {
  if (/:assumed-role\//u.test(arn)) return ok("identity", `AWS knows the bot as ${arn}.`);
  return warning(
    "identity",
    `AWS knows the bot as ${arn}, whose keys do not end.`,
    "Run the bot with a role (jit iam prints it) instead of a user's access keys.",
  );
}

function clockFinding(here: Date, stsTime: Date): Finding {
  // A whole second may have half a second added on average.
  const skewMs = here.getTime() - stsTime.getTime() - 500;
  const seconds = Math.abs(Math.round(skewMs / 1000));
  const says = `This host's clock is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} AWS's.`;
  const fix = "Switch on time synchronisation (chrony, Amazon Time Sync) on the host.";
  if (Math.abs(skewMs) > MAX_SKEW_MS) return error("clock", says, fix);
  if (Math.abs(skewMs) > WARN_SKEW_MS) return warning("clock", says, fix);
  return ok("clock", "This host's clock agrees with AWS's.");
}
