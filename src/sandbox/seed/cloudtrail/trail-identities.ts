import { createHash } from "node:crypto";

/** `useridentity` of an event. */
export type Identity = {
  type: "IAMUser" | "AssumedRole" | "Root" | "AWSService" | "AWSAccount";
  principalid?: string;
  arn?: string;
  accountid?: string;
  invokedby?: string;
  accesskeyid?: string;
  username?: string;
  sessioncontext?: object;
};

export function user(account: string, username: string): Identity & { arn: string; accesskeyid: string } {
  return {
    type: "IAMUser",
    principalid: awsId("AIDA", `${account} ${username}`),
    arn: `arn:aws:iam::${account}:user/${username}`,
    accountid: account,
    accesskeyid: awsId("AKIA", `${account} ${username}`),
    username,
  };
}

/** A console sign-in has no access key. */
export function signingIn({ accesskeyid: _key, ...identity }: Identity): Identity {
  return identity;
}

export function session(
  account: string,
  role: string,
  name: string,
  more: { mfa?: boolean; accessKeyId?: string; invokedBy?: string } = {},
): Identity & { arn: string; accesskeyid: string } {
  const roleId = awsId("AROA", `${account} ${role}`);
  return {
    type: "AssumedRole",
    principalid: `${roleId}:${name}`,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${name}`,
    accountid: account,
    accesskeyid: more.accessKeyId ?? awsId("ASIA", `${account} ${role} ${name}`),
    ...(more.invokedBy !== undefined && { invokedby: more.invokedBy }),
    sessioncontext: {
      attributes: { mfaauthenticated: String(more.mfa ?? false) },
      sessionissuer: {
        type: "Role",
        principalid: roleId,
        arn: roleArn(account, role),
        accountid: account,
        username: role,
      },
    },
  };
}

export function root(account: string, more: { accesskeyid?: string; invokedby?: string } = {}): Identity {
  return {
    type: "Root",
    principalid: account,
    arn: `arn:aws:iam::${account}:root`,
    accountid: account,
    ...more,
  };
}

export function service(invokedby: string): Identity {
  return { type: "AWSService", invokedby };
}

/** Somebody without credentials, as S3 records them. */
export const anonymous: Identity = { type: "AWSAccount", principalid: "", accountid: "anonymous" };

export function roleArn(account: string, role: string): string {
  return `arn:aws:iam::${account}:role/${role}`;
}

/** AWS's form of identifier, the same for the same seed. */
export function awsId(kind: string, seed: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bytes = createHash("sha256").update(`${kind} ${seed}`).digest();
  return kind + [...bytes.subarray(0, 16)].map((byte) => alphabet[byte % 32]).join("");
}
