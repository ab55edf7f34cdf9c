import type { AttributeChange } from "../dynamodb/read-update.ts";
import type { DynamoDbCall, Item } from "../dynamodb/requests.ts";
import type { TableSchema } from "../dynamodb/table-schema.ts";
import type { AthenaCall, AthenaScope } from "./athena-plan.ts";
import type { InputValue } from "./inputs.ts";
import type { NarrowedTerms, NarrowingKind } from "./narrowing.ts";
import type { RecipeTerms } from "./recipe.ts";

/**
 * Everything that a run will do, fully resolved: it is what approvers approve and what the worker executes.
 * Nothing in it depends on the time of the run; its SHA-256 over canonical JSON (RFC 8785) is the plan digest.
 */
export type Plan = PlanDraft & {
  /** The session policy as compact JSON, without the expiry that each lease adds. */
  sessionPolicy: string;
};

/** A plan before the session policy is compiled from it. */
export type PlanDraft = {
  format: 1;
  requestId: string;
  requester: PersonId;
  runbook: {
    name: string;
    title: string;
    version: string;
    /** SHA-256 of the runbook's content, lower-case hex; formatting and comments do not count. */
    digest: string;
    riskLevel: RiskLevel;
  };
  /** The runbook's parameters in the order of its form, also those that are not given. */
  parameters: readonly PlanParameter[];
  /** Only the inputs that were given or have a default, in canonical form, keyed by parameter name. */
  inputs: Readonly<Record<string, InputValue>>;
  /** Values computed from inputs by the closed list of functions; `now` is `createdAt`. */
  derived: Readonly<Record<string, string | number>>;
  /** Names of the inputs and derived values whose values are masked in threads and hashed in the audit. */
  sensitive: readonly string[];
  target: Target;
  /** The AWS calls in order, with bound values, in AWS's own names. */
  calls: readonly PlannedCall[];
  /** The catalogue's keys of each table that is read, by table name. */
  tables: Readonly<Record<string, TableSchema>>;
  /** Present when the target's service is Athena. */
  athena?: AthenaScope;
  /** Present for a write, whose calls are the UpdateItem and the GetItem that reads what stands there. */
  write?: PlannedWrite;
  /** The runbook's own words on why it reads a whole table; present for a Scan. */
  scanJustification?: string;
  /** What an approver may make less of; present where the runbook says so. */
  narrowing?: readonly NarrowingKind[];
  /** Present once an approver took rows or columns away. */
  narrowed?: NarrowedTerms;
  /** SHA-256 of the runbook's guardrails; present when the approval covers every query that they admit. */
  guardrailsDigest?: string;
  /** Present when what is asked for is a recipe: nothing runs by it, and the rest of the plan is one run of it at its widest. */
  recipe?: RecipeTerms & {
    /** SHA-256 of the data source as it was. */
    dataSourceDigest: string;
  };
  limits: Limits;
  output: Output;
  grant: GrantTerms;
  /** ISO 8601, UTC, milliseconds. */
  createdAt: string;
};

/** What one UpdateItem changes, what stood there, and how it is taken back. */
export type PlannedWrite = {
  changes: readonly AttributeChange[];
  /** Every attribute that is changed or that the condition names, keys left out. */
  attributes: readonly WrittenAttribute[];
  before: BeforeImage;
  rollback?: Rollback;
};

export type WrittenAttribute = Pick<OutputColumn, "name" | "title" | "classification" | "mask">;

/**
 * The item's `attributes` as they were when the request was made; absent ones stand nowhere. When they were read, the
 * run's condition demands each of them, so that what was judged is what is changed.
 */
export type BeforeImage =
  | { status: "not-shown"; because: "runbook" | "policy" }
  | { status: "to-be-read" }
  /** `at`: ISO 8601, UTC, milliseconds. */
  | { status: "read"; at: string; image: Readonly<Item> };

/** The runbook that takes a write back, and where its inputs come from. */
type Rollback = {
  runbook: string;
  inputs: Readonly<Record<string, { $param: string } | { $before: string } | { $after: string }>>;
};

/** What the card needs to show an input that is, or is not, given. */
type PlanParameter = { name: string; title: string };

export type PlannedCall = DynamoDbCall | AthenaCall;

/** The only identity of a person: names and e-mail addresses are display. */
export type PersonId = {
  teamId: string;
  userId: string;
  /** In the identity provider, where `people.yml` linked one when they acted. It forbids and never grants. */
  subject?: string;
};

export type RiskLevel = "low" | "medium" | "high" | "critical";
export type Classification = "public" | "internal" | "confidential" | "pii";

/** Where a data source lives, declared in `datasources.yml`. */
export type Target = {
  dataSource: string;
  service: "dynamodb" | "athena";
  environment: string;
  partition: string;
  account: string;
  region: string;
  /** ARN of the data role that a run's session is made of. */
  role: string;
  /** ARN of the role that stops Athena queries; it can do nothing else. */
  janitorRole?: string;
  /** ARN of the role that writes the deny-list on the data role, where the deployment has one. */
  revokerRole?: string;
  /** Passed to AssumeRole when the role's trust policy asks for it. */
  externalId?: string;
};

/** Caps of one run; the first that is reached ends it and the result says "truncated". */
export type Limits = {
  timeoutSeconds: number;
  maxRows: number;
  maxPages: number;
  /** DynamoDB `ScannedCount`, added up over pages; 0 where nothing is counted so (Athena counts bytes). */
  maxItemsScanned: number;
  maxBytes: number;
};

export type Output = {
  classification: Classification;
  /** Who may see rows: the requester alone (DM), or also a masked preview in the request's thread. */
  audience: "requester" | "thread-preview";
  /** What a row is, for the headline "12 orders". */
  noun: { one: string; other: string };
  /** What is said when no row is found. */
  emptyResult: string;
  columns: readonly OutputColumn[];
  /** Delete the file or table of rows from the DM when the grant ends. */
  removeOnEnd: boolean;
};

export type OutputColumn = {
  /** The DynamoDB attribute (top-level), or the column of the SQL result, that fills the column. */
  name: string;
  title: string;
  type: "string" | "integer" | "number" | "boolean" | "date-time" | "json";
  classification: Classification;
  /** How a value is shown where only a masked preview is allowed: `hide` shows nothing of it. */
  mask: "none" | "last4" | "hide";
  /** The data source allows the column only masked: its mask holds for the requester too, wherever rows are shown. */
  alwaysMasked?: true;
};

/** What the requester asks for and the approvers grant. */
export type GrantTerms = {
  kind: "single-run" | "window";
  durationMinutes: number;
  /** 1 for `single-run`; at most 25. */
  maxRuns: number;
  /**
   * Present in a window whose approval also covers further queries of the requester, each admitted by the guardrails
   * that `guardrailsDigest` of the plan names; absent: it covers this very plan alone.
   */
  approves?: "within-guardrails";
};
