import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { DataSourcesFile } from "../../src/runbook/data-sources.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { Runbook } from "../../src/runbook/runbook.ts";
import { RunbookError, describeProblem } from "../../src/errors.ts";
import type { Problem } from "../../src/errors.ts";
import { loadCatalogue } from "../../src/runbook/load-catalogue.ts";
import type { Catalogue } from "../../src/runbook/load-catalogue.ts";

/** The day on which the fixtures are fresh. */
export const today = new Date("2026-11-21T12:00:00Z");

/** A directory with these files, text or values to be written as YAML; removed when disposed. */
export async function runbookDir(
  contents: Record<string, unknown>,
): Promise<AsyncDisposable & { dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), "runbooks-"));
  for (const [name, content] of Object.entries(contents)) {
    const bytes =
      typeof content === "string" || content instanceof Uint8Array
        ? content
        : stringify(content, { aliasDuplicateObjects: false });
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), bytes);
  }
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

export type Loaded = {
  catalogue?: Catalogue;
  errors: string[];
  warnings: string[];
  problems: readonly Problem[];
};

/** Loads a directory of these files; each problem as its line of text, without the directory. */
export async function load(contents: Record<string, unknown>): Promise<Loaded> {
  await using made = await runbookDir(contents);
  const text = (problem: Problem) => describeProblem(problem).replace(`${made.dir}/`, "");
  try {
    const { catalogue, warnings } = await loadCatalogue(made.dir, { today });
    return { catalogue, errors: [], warnings: warnings.map(text), problems: [] };
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return { errors: error.problems.map(text), warnings: [], problems: error.problems };
  }
}

/** A small deployment without a problem; every test changes one thing of it. */
export function files(): {
  "datasources.yml": DataSourcesFile;
  "access.yml": Access;
  "things-by-owner.yml": Runbook;
} {
  return {
    "datasources.yml": dataSources(),
    "access.yml": access(),
    "things-by-owner.yml": runbook(),
  };
}

function dataSources(): DataSourcesFile {
  return {
    targets: {
      production: {
        account: "111122223333",
        region: "eu-west-1",
        partition: "aws",
        environment: "production",
        dataRole: "arn:aws:iam::111122223333:role/data-read",
      },
    },
    datasources: {
      things: {
        service: "dynamodb",
        target: "production",
        table: "things",
        keys: { partitionKey: "owner_id", sortKey: "thing_id" },
        indexes: { "by-state": { type: "GSI", partitionKey: "state", sortKey: "changed_at" } },
        attributes: {
          owner_id: { classification: "internal", type: "S" },
          thing_id: { classification: "internal", type: "S" },
          state: { classification: "internal", type: "S" },
          changed_at: { classification: "internal", type: "S" },
          size: { classification: "confidential", type: "N" },
          email: { classification: "pii", type: "S" },
        },
      },
    },
  };
}

function access(): Access {
  return {
    groups: {
      askers: { members: ["U1", "U2"] },
      deciders: { members: ["U3", "U4"] },
    },
    admins: ["deciders"],
    policies: [
      {
        name: "things",
        runbooks: ["things-*"],
        requesters: ["askers"],
        approval: { approvers: ["deciders"], count: 1 },
        pendingMinutes: 60,
        maxDurationMinutes: 60,
        channel: "C1",
        allowPreview: false,
      },
    ],
  };
}

/** A Query on the table with one optional clause. */
export function runbook(): Runbook {
  return {
    apiVersion: "jit-runbooks/v1",
    kind: "QueryRunbook",
    metadata: {
      name: "things-by-owner",
      title: "Things of one owner",
      version: "1.0.0",
      status: "stable",
      owner: "deciders",
      lastReviewed: "2026-11-20",
      riskLevel: "low",
    },
    documentation: {
      purpose: "List the things of one owner and their states.",
      whenToUse: "Somebody asks where a thing is.",
      expectedOutput: "A few rows; the filter does not reduce the items read.",
      interpretation: [
        { when: "0 rows", meaning: "The owner has no things.", next: "Stop." },
        { when: "Many rows", meaning: "The owner has many things.", next: "Escalate to #things." },
      ],
      escalation: { contact: "#things", when: "A thing is lost." },
    },
    parameters: {
      type: "object",
      additionalProperties: false,
      required: ["owner"],
      properties: {
        owner: {
          type: "string",
          title: "Owner",
          description: "Like A-1234.",
          pattern: "^A-[0-9]{4}$",
          maxLength: 6,
          examples: ["A-1234"],
        },
        min_size: {
          type: "integer",
          title: "Size at least",
          description: "In bytes.",
          minimum: 0,
          maximum: 1000,
        },
      },
    },
    access: { requesters: ["askers"] },
    approval: { approvers: ["deciders"], minRequiredApprovals: 1, timeoutSeconds: 3600 },
    grant: { kinds: ["single-run", "window"], maxDurationMinutes: 30, maxRuns: 5 },
    limits: { timeoutSeconds: 10, maxRows: 10, maxPages: 2, maxItemsScanned: 20 },
    datasource: "things",
    steps: [
      {
        name: "query",
        action: "dynamodb:Query",
        request: {
          TableName: "things",
          KeyConditionExpression: "owner_id = :owner",
          ProjectionExpression: "thing_id, #state",
          Select: "SPECIFIC_ATTRIBUTES",
          ExpressionAttributeNames: { "#state": "state" },
          ExpressionAttributeValues: { ":owner": { S: { $param: "owner" } } },
          Limit: 10,
        },
        optional: [
          {
            when: "min_size",
            FilterExpression: "#size >= :min_size",
            ExpressionAttributeNames: { "#size": "size" },
            ExpressionAttributeValues: { ":min_size": { N: { $param: "min_size" } } },
          },
        ],
      },
    ],
    output: {
      classification: "internal",
      audience: "requester",
      noun: { one: "thing", other: "things" },
      emptyResult: "The owner has no things.",
      removeOnEnd: true,
      columns: [
        { name: "thing_id", title: "Thing", type: "string", classification: "internal", mask: "none" },
        { name: "state", title: "State", type: "string", classification: "internal", mask: "none" },
      ],
    },
    tests: [
      {
        name: "asks for the things of an owner",
        given: { parameters: { owner: "A-1234", min_size: "5" } },
        expect: {
          valid: true,
          requests: [
            {
              action: "dynamodb:Query",
              request: {
                TableName: "things",
                KeyConditionExpression: "owner_id = :owner",
                FilterExpression: "#size >= :min_size",
                ProjectionExpression: "thing_id, #state",
                Select: "SPECIFIC_ATTRIBUTES",
                ExpressionAttributeNames: { "#state": "state", "#size": "size" },
                ExpressionAttributeValues: { ":owner": { S: "A-1234" }, ":min_size": { N: "5" } },
                Limit: 10,
              },
            },
          ],
        },
      },
      {
        name: "refuses another form",
        given: { parameters: { owner: "A-1" } },
        expect: { valid: false, errors: ["owner"] },
      },
    ],
  };
}
