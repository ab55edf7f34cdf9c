import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "./clients.ts";

/** The shortest that STS gives; the session policy ends access long before. */
const STS_SESSION_SECONDS = 900;

export type AssumeRoleOrder = {
  roleArn: string;
  externalId?: string;
  /** 2–64 of `[\w+=,.@-]`. */
  sessionName: string;
  /** 2–64 of `[\w+=,.@-]`; can't be changed later in the session. */
  sourceIdentity: string;
  tags: Readonly<Record<string, string>>;
  /** At most 2,048 characters. */
  policy: string;
};

export type AssumedSession = {
  credentials: Required<Credentials>;
  sessionArn: string;
  /** When STS issued it, by STS's own clock. */
  issuedAt: Date;
};

/**
 * One AssumeRole call, made by hand; nothing caches or renews its answer. Without a signal it is not cut short: what
 * STS gives while nobody listens is a session all the same.
 */
export async function assumeRole(
  sts: STSClient,
  order: AssumeRoleOrder,
  signal?: AbortSignal,
): Promise<AssumedSession> {
  const answer = await sts.send(
    new AssumeRoleCommand({
      RoleArn: order.roleArn,
      RoleSessionName: order.sessionName,
      SourceIdentity: order.sourceIdentity,
      DurationSeconds: STS_SESSION_SECONDS,
      Policy: order.policy,
      Tags: Object.entries(order.tags).map(([Key, Value]) => ({ Key, Value })),
      ...(order.externalId === undefined ? {} : { ExternalId: order.externalId }),
    }),
    signal ? { abortSignal: signal } : {},
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
    throw new Error("STS answered AssumeRole without credentials");
  return {
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    sessionArn: answer.AssumedRoleUser?.Arn ?? "",
    issuedAt: new Date(Expiration.getTime() - STS_SESSION_SECONDS * 1000),
  };
}
