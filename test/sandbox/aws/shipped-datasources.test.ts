import { readFile } from "node:fs/promises";
import { GetWorkGroupCommand, StopQueryExecutionCommand } from "@aws-sdk/client-athena";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type AwsPeer, startAws } from "../../../src/sandbox/aws/start-aws.ts";
import { athenaTables } from "../../../src/sandbox/seed/athena-tables.ts";
import { athenaOf, start, until } from "../athena/queries.ts";
import { leaseInput, leaseOf, stsOf } from "./clients.ts";

type Shipped = {
  targets: Record<string, { dataRole: string; janitorRole?: string; externalId: string }>;
  datasources: Record<
    string,
    { service: string; workgroup?: { name: string }; database?: string; tables?: Record<string, unknown> }
  >;
};

const shipped = parse(await readFile("runbooks/datasources.yml", "utf8")) as Shipped;
const targets = Object.values(shipped.targets);
const athenaSources = Object.values(shipped.datasources).filter(({ service }) => service === "athena");
const roles = new Set(
  targets.flatMap(({ dataRole, janitorRole }) => (janitorRole ? [dataRole, janitorRole] : [dataRole])),
);

describe("the local AWS, as it starts by itself", () => {
  let aws: AwsPeer;
  beforeAll(async () => {
    aws = await startAws({ externalId: targets[0]?.externalId ?? "" });
  });
  afterAll(() => aws[Symbol.asyncDispose]());

  test("has every role that the shipped data sources name, for the bot's own keys", async () => {
    expect(roles.size).toBeGreaterThanOrEqual(3);
    for (const RoleArn of roles) {
      const lease = new AssumeRoleCommand(leaseInput(aws, { RoleArn }));
      await expect(stsOf(aws, aws.broker).send(lease)).resolves.toMatchObject({
        AssumedRoleUser: { Arn: expect.stringContaining(RoleArn.split("/").at(-1) ?? RoleArn) },
      });
    }
  });

  test("has every workgroup and every table that they name", async () => {
    const operator = athenaOf(aws);
    for (const { workgroup } of athenaSources) {
      const get = new GetWorkGroupCommand({ WorkGroup: workgroup?.name });
      await expect(operator.send(get)).resolves.toMatchObject({ WorkGroup: { Name: workgroup?.name } });
    }
    const here = athenaTables(aws.clock.now()).map(({ database, name }) => `${database}.${name}`);
    const named = athenaSources.flatMap(({ database, tables }) =>
      Object.keys(tables ?? {}).map((table) => `${database}.${table}`),
    );
    expect(here).toEqual(expect.arrayContaining(named));
    operator.destroy();
  });

  test("lets the janitor look at queries and stop them, and do nothing else", async () => {
    const operator = athenaOf(aws);
    using _held = aws.athena.pace.hold("queued");
    const id = await start(operator, "SELECT 1 AS one");
    const janitor = athenaOf(aws, await leaseOf(aws, { RoleArn: aws.janitorRoleArn }));
    await until(janitor, id, "QUEUED");
    await expect(start(janitor, "SELECT 2 AS two")).rejects.toMatchObject({ name: "AccessDeniedException" });
    await janitor.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    await until(janitor, id, "CANCELLED");
    janitor.destroy();
    operator.destroy();
  });
});
