import { randomBytes } from "node:crypto";
import type { TrustPolicy } from "../../iam/evaluate-trust.ts";
import type { PolicyDocument } from "../../iam/policy-document.ts";

export type AwsKeys = { accessKeyId: string; secretAccessKey: string };

export type UserDeclaration = { name: string; policies: readonly PolicyDocument[] };

export type RoleDeclaration = {
  name: string;
  trust: TrustPolicy;
  policies: readonly PolicyDocument[];
  /** 3,600 unless told otherwise, as in IAM; at most 43,200. */
  maxSessionDurationSeconds?: number;
  tags?: Record<string, string>;
};

export type Role = Required<RoleDeclaration> & {
  arn: string;
  roleId: string;
  /** What IAM's API put on the role, by name, as it was written; counts besides `policies`. */
  inline: Map<string, string>;
};

/** Whoever signed a call: an IAM user with keys that last, or a role session with a token that ends. */
export type Caller = {
  accessKeyId: string;
  account: string;
  /** `AIDA…` of a user, `AROA…:<session name>` of a session. */
  userId: string;
  /** The user's ARN, or the session's `arn:aws:sts::…:assumed-role/…`. */
  arn: string;
  /** What trust policies and `aws:PrincipalArn` call it: the user's or the role's ARN. */
  principalArn: string;
  /** Read at each call, as AWS does: a policy put on a role later counts for sessions that already run. */
  identityPolicies: () => readonly PolicyDocument[];
  tags: Record<string, string>;
  session?: Session;
};

type Session = {
  name: string;
  roleName: string;
  policies?: readonly PolicyDocument[];
  sourceIdentity?: string;
  transitiveTagKeys: readonly string[];
  issuedAt: Date;
  expiresAt: Date;
};

export type Credential = AwsKeys & { sessionToken?: string; caller: Caller };

/** Everyone the account knows, and every key it has handed out. */
export type Identities = {
  account: string;
  credential: (accessKeyId: string) => Credential | undefined;
  role: (arn: string) => Role | undefined;
  addUser: (user: UserDeclaration) => AwsKeys;
  addRole: (role: RoleDeclaration) => Role;
  addSession: (session: Session, role: Role, tags: Record<string, string>, token: string) => Credential;
};

export function createIdentities(account: string): Identities {
  const credentials = new Map<string, Credential>();
  const roles = new Map<string, Role>();

  function remember(caller: Omit<Caller, "accessKeyId">, kind: "AKIA" | "ASIA", sessionToken?: string) {
    const accessKeyId = randomId(kind);
    const credential: Credential = {
      accessKeyId,
      secretAccessKey: randomBytes(30).toString("base64"),
      ...(sessionToken === undefined ? {} : { sessionToken }),
      caller: { ...caller, accessKeyId },
    };
    credentials.set(accessKeyId, credential);
    return credential;
  }

  return {
    account,
    credential: (accessKeyId) => credentials.get(accessKeyId),
    role: (arn) => roles.get(arn),
    addUser: ({ name, policies }) => {
      const arn = `arn:aws:iam::${account}:user/${name}`;
      const userId = randomId("AIDA");
      const { accessKeyId, secretAccessKey } = remember(
        { account, userId, arn, principalArn: arn, identityPolicies: () => policies, tags: {} },
        "AKIA",
      );
      return { accessKeyId, secretAccessKey };
    },
    addRole: (declaration) => {
      const role: Role = {
        maxSessionDurationSeconds: 3600,
        tags: {},
        ...declaration,
        arn: `arn:aws:iam::${account}:role/${declaration.name}`,
        roleId: randomId("AROA"),
        inline: new Map(),
      };
      roles.set(role.arn, role);
      return role;
    },
    addSession: (session, role, tags, token) =>
      remember(
        {
          account,
          userId: `${role.roleId}:${session.name}`,
          arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${session.name}`,
          principalArn: role.arn,
          identityPolicies: () => policiesOf(roles.get(role.arn)),
          tags,
          session,
        },
        "ASIA",
        token,
      ),
  };
}

function policiesOf(role: Role | undefined): readonly PolicyDocument[] {
  if (!role) return [];
  return [...role.policies, ...[...role.inline.values()].map((text) => JSON.parse(text) as PolicyDocument)];
}

/** AWS's identifiers: a four-letter kind and 16 characters of base32. */
function randomId(kind: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return kind + [...randomBytes(16)].map((byte) => alphabet[byte % 32]).join("");
}
