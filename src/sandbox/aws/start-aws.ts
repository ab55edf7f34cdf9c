import { randomBytes } from "node:crypto";
import { accessAnalyzerService } from "./access-analyzer/access-analyzer.ts";
import { createAthena, type AthenaControl, type AthenaOptions } from "./athena/athena-peer.ts";
import { athenaRole } from "./athena/athena-role.ts";
import { janitorRole } from "./athena/janitor-role.ts";
import { workGroupsWith } from "./athena/workgroups.ts";
import { createCallLog, type CallLog } from "./call-log.ts";
import { createClock, type SandboxClock } from "./clock.ts";
import { startControlApi } from "./control-api.ts";
import { brokerUser, dataRole, operatorUser, scanRole, writeRole } from "./default-identities.ts";
import { startDynalite } from "./dynalite-engine.ts";
import { dynamoDbService } from "./dynamodb.ts";
import type { Faults } from "./faults.ts";
import { startGateway } from "./gateway.ts";
import { createIdentities, type AwsKeys, type RoleDeclaration, type UserDeclaration } from "./identities.ts";
import { withOldItems } from "./old-items.ts";
import { iamService } from "./iam.ts";
import { revokerRole } from "./revoker-role.ts";
import { stsService } from "./sts.ts";
import { withTimeToLive } from "./time-to-live.ts";
import { athenaTables } from "../seed/athena-tables.ts";

export type AwsOptions = {
  /** 12 digits; 111122223333 unless told otherwise. */
  account?: string;
  /** Where the tables live; eu-west-1 unless told otherwise. */
  region?: string;
  /** What the data role's trust policy asks for; random per start unless told otherwise. */
  externalId?: string;
  /** More roles; one with a default's name takes its place. */
  roles?: readonly RoleDeclaration[];
  /** More users; their keys are in `users` by name. */
  users?: readonly UserDeclaration[];
  /** Workgroups, tables and limits of the local Athena. */
  athena?: AthenaOptions;
  /** The machine's clock, for tests that fake it. */
  now?: () => Date;
};

/** A local AWS account behind one endpoint: STS, DynamoDB and Athena, with every signature and policy enforced. */
export type AwsPeer = AsyncDisposable & {
  /** For `AWS_ENDPOINT_URL`. */
  url: string;
  region: string;
  account: string;
  /** The bot's own identity: may assume `jit-*` roles and use `jit-requests*` tables. */
  broker: AwsKeys;
  /** May do everything; for seeding and looking around. */
  operator: AwsKeys;
  users: Readonly<Record<string, AwsKeys>>;
  dataRoleArn: string;
  /** The role for Athena queries, with the same trust as the data role. */
  athenaRoleArn: string;
  /** The role that looks at queries and stops them, with the same trust. */
  janitorRoleArn: string;
  /** The role that writes the deny-list on the data roles, with the same trust. */
  revokerRoleArn: string;
  /** The inline policy of this name on a role, as IAM's API put it there. */
  inlinePolicy: (roleArn: string, name: string) => string | undefined;
  externalId: string;
  /**
   * What a thief would hold: the credentials that STS handed out under this access key id, for stories that
   * misuse them. In process only; the control API never gives them.
   */
  stolenKeys: (accessKeyId: string) => (AwsKeys & { sessionToken: string }) | undefined;
  calls: CallLog;
  faults: Faults;
  /** Pace, failures and CloudTrail delivery of the local Athena. */
  athena: AthenaControl;
  clock: SandboxClock;
  /** The control API of `docs/sandbox-aws.md`. */
  controlUrl: string;
  controlToken: string;
};

export async function startAws(options: AwsOptions = {}): Promise<AwsPeer> {
  const { account = "111122223333", region = "eu-west-1", now: machineNow = () => new Date() } = options;
  const externalId = options.externalId ?? `jit-${randomBytes(8).toString("hex")}`;
  const place = { account, region, externalId };

  const identities = createIdentities(account);
  const broker = identities.addUser(brokerUser(place));
  const operator = identities.addUser(operatorUser());
  const users = Object.fromEntries(
    (options.users ?? []).map((user) => [user.name, identities.addUser(user)]),
  );
  const role = identities.addRole(dataRole(place));
  identities.addRole(writeRole(place));
  identities.addRole(scanRole(place));
  const workGroups = workGroupsWith(options.athena?.workGroups);
  const queryRole = identities.addRole(athenaRole(place, workGroups));
  const janitor = identities.addRole(janitorRole(place));
  const revoker = identities.addRole(revokerRole(place));
  for (const declaration of options.roles ?? []) identities.addRole(declaration);

  await using started = new AsyncDisposableStack();
  const clock = createClock(machineNow);
  const engine = started.use(withOldItems(withTimeToLive(startDynalite(place))));
  const calls = createCallLog();
  const athena = started.use(
    createAthena(options.athena ?? {}, { place, tables: athenaTables, identities, clock, calls }),
  );
  const services = [
    stsService(identities),
    iamService(identities),
    dynamoDbService(engine, place),
    athena.service,
    accessAnalyzerService(),
  ];
  const gateway = started.use(await startGateway({ services, identities, clock, machineNow, calls }));
  const { faults } = gateway;
  const control = started.use(
    await startControlApi({
      calls,
      faults,
      clock,
      engine,
      athena: athena.control,
      about: { ...place, url: gateway.url, dataRoleArn: role.arn },
    }),
  );
  const stack = started.move();

  return {
    url: gateway.url,
    region,
    account,
    broker,
    operator,
    users,
    dataRoleArn: role.arn,
    athenaRoleArn: queryRole.arn,
    janitorRoleArn: janitor.arn,
    revokerRoleArn: revoker.arn,
    inlinePolicy: (roleArn, name) => identities.role(roleArn)?.inline.get(name),
    externalId,
    stolenKeys: (accessKeyId) => {
      const { secretAccessKey, sessionToken } = identities.credential(accessKeyId) ?? {};
      return secretAccessKey && sessionToken ? { accessKeyId, secretAccessKey, sessionToken } : undefined;
    },
    calls,
    faults,
    athena: athena.control,
    clock,
    controlUrl: control.url,
    controlToken: control.token,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
