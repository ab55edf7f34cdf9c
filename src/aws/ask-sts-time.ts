import { GetCallerIdentityCommand, type STSClient } from "@aws-sdk/client-sts";

/**
 * STS's own time, in whole seconds, from the `Date` of an answer. GetCallerIdentity needs no permission and makes
 * nothing (docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
 */
export async function askStsTime(sts: STSClient, signal: AbortSignal): Promise<Date> {
  const command = new GetCallerIdentityCommand({});
  let date: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = (result.response as { headers?: Record<string, string> }).headers?.["date"];
      return result;
    },
    { step: "deserialize" },
  );
  await sts.send(command, { abortSignal: signal });
  const time = new Date(date ?? Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Error("STS answered without saying what time it is");
  return time;
}
