import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export type RunbookCopies = AsyncDisposable & {
  dir: string;
  /** Changes one file; throws when the change changes nothing. */
  edit(file: string, change: (text: string) => string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
};

/**
 * A folder like `runbooks/`, to be changed, with two runbooks more: `orders-pair`, whose BatchGetItem the bot's own
 * table is never read with, so that a fault on it hits runs alone; and `orders-with-words`, which takes free text
 * and a sensitive input.
 */
export async function runbookCopies(
  edits: Record<string, (text: string) => string> = {},
): Promise<RunbookCopies> {
  const dir = await mkdtemp(join(tmpdir(), "jit-runbooks-"));
  await cp(join(root, "runbooks"), dir, { recursive: true });
  await writeFile(join(dir, "orders-pair.yml"), ordersPair);
  await writeFile(join(dir, "orders-with-words.yml"), ordersWithWords);
  const copies: RunbookCopies = {
    dir,
    async edit(file, change) {
      const before = await readFile(join(dir, file), "utf8");
      const after = change(before);
      if (after === before) throw new Error(`${file} has nothing to change`);
      await writeFile(join(dir, file), after);
    },
    rename: (from, to) => rename(join(dir, from), join(dir, to)),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
  for (const [file, change] of Object.entries(edits)) await copies.edit(file, change);
  return copies;
}

const ordersPair = `
apiVersion: jit-runbooks/v1
kind: QueryRunbook
metadata:
  name: orders-pair
  title: Two orders side by side
  version: 1.0.0
  status: stable
  owner: orders-platform
  lastReviewed: 2026-11-20
  riskLevel: low
documentation:
  purpose: Read one or two orders by their numbers.
  whenToUse: Two orders behave differently and should not.
  expectedOutput: One row per order that exists.
  interpretation:
    - { when: 0 rows, meaning: Neither order exists., next: Stop. }
    - { when: 1 row, meaning: One of the orders does not exist., next: "Ask #orders-oncall." }
  escalation: { contact: "#orders-oncall", when: Both orders are stuck. }
parameters:
  type: object
  additionalProperties: false
  required: [first]
  properties:
    first:
      { type: string, title: First order, description: Like O-00001234., pattern: "^O-[0-9]{8}$", maxLength: 10, examples: [O-00001234] }
    second:
      { type: string, title: Second order, description: Like O-00001234., pattern: "^O-[0-9]{8}$", maxLength: 10, examples: [O-00001234] }
access: { requesters: [engineering] }
approval: { approvers: [orders-platform], minRequiredApprovals: 1, timeoutSeconds: 3600 }
grant: { kinds: [single-run, window], maxDurationMinutes: 60, maxRuns: 2 }
limits: { timeoutSeconds: 8, maxRows: 10 }
datasource: orders
steps:
  - name: get-orders
    action: dynamodb:BatchGetItem
    request:
      RequestItems:
        orders:
          Keys: [{ order_id: { S: { $param: first } } }]
          ProjectionExpression: "order_id, updated_at"
    optional:
      - when: second
        Keys: [{ order_id: { S: { $param: second } } }]
output:
  classification: internal
  audience: requester
  noun: { one: order, other: orders }
  emptyResult: Neither order exists.
  removeOnEnd: true
  columns:
    - { name: order_id, title: Order, type: string, classification: internal, mask: none }
    - { name: updated_at, title: Since, type: date-time, classification: internal, mask: none }
tests:
  - name: reads both
    given: { parameters: { first: O-00000001, second: O-00000002 } }
    expect:
      valid: true
      requests:
        - action: dynamodb:BatchGetItem
          request:
            RequestItems:
              orders:
                Keys: [{ order_id: { S: O-00000001 } }, { order_id: { S: O-00000002 } }]
                ProjectionExpression: "order_id, updated_at"
  - name: refuses what is not an order number
    given: { parameters: { first: "1 OR 1=1", second: "2" } }
    expect: { valid: false, errors: [first, second] }
`;

const ordersWithWords = String.raw`
apiVersion: jit-runbooks/v1
kind: QueryRunbook
metadata:
  name: orders-with-words
  title: Orders of a customer with words in their note
  version: 1.0.0
  status: stable
  owner: orders-platform
  lastReviewed: 2026-11-20
  riskLevel: medium
documentation:
  purpose: List a customer's orders whose note holds some words.
  whenToUse: Support quotes a note.
  expectedOutput: A few rows.
  interpretation:
    - { when: 0 rows, meaning: No note says that., next: Stop. }
    - { when: Some rows, meaning: These are the orders., next: "Ask #orders-oncall." }
  escalation: { contact: "#orders-oncall", when: Many rows. }
parameters:
  type: object
  additionalProperties: false
  required: [customer]
  properties:
    customer:
      { type: string, title: Customer, description: Like C-1234., pattern: "^C-[0-9]{4}$", maxLength: 6, examples: [C-1234] }
    words:
      { type: string, title: Words, description: In the note., pattern: "^[^\n]{2,1000}$", maxLength: 1000, examples: [late] }
    email:
      { type: string, title: E-mail, description: Of the buyer., pattern: "^[a-z0-9.+-]{1,30}@[a-z0-9.-]{1,30}$", maxLength: 61, examples: [a@example.com], x-sensitive: true }
access: { requesters: [engineering] }
approval: { approvers: [orders-platform], minRequiredApprovals: 1, timeoutSeconds: 3600 }
grant: { kinds: [single-run, window], maxDurationMinutes: 60, maxRuns: 10 }
limits: { timeoutSeconds: 10, maxRows: 50, maxPages: 4, maxItemsScanned: 200 }
datasource: orders
steps:
  - name: query-customer
    action: dynamodb:Query
    request:
      TableName: orders
      IndexName: gsi-customer
      KeyConditionExpression: "customer_id = :customer"
      ProjectionExpression: "order_id, created_at, note, email"
      Select: SPECIFIC_ATTRIBUTES
      ExpressionAttributeValues:
        ":customer": { S: { $param: customer } }
      Limit: 50
    optional:
      - when: words
        FilterExpression: "contains(note, :words)"
        ExpressionAttributeValues:
          ":words": { S: { $param: words } }
      - when: email
        FilterExpression: "email = :email"
        ExpressionAttributeValues:
          ":email": { S: { $param: email } }
output:
  classification: pii
  audience: requester
  noun: { one: order, other: orders }
  emptyResult: No order.
  removeOnEnd: true
  columns:
    - { name: order_id, title: Order, type: string, classification: internal, mask: none }
    - { name: created_at, title: Created, type: date-time, classification: internal, mask: none }
    - { name: note, title: Note, type: string, classification: confidential, mask: hide }
    - { name: email, title: E-mail, type: string, classification: pii, mask: hide }
tests:
  - name: filters by words and e-mail
    given: { parameters: { customer: C-1234, words: late, email: a@example.com } }
    expect:
      valid: true
      requests:
        - action: dynamodb:Query
          request:
            TableName: orders
            IndexName: gsi-customer
            KeyConditionExpression: "customer_id = :customer"
            FilterExpression: "contains(note, :words) AND email = :email"
            ProjectionExpression: "order_id, created_at, note, email"
            Select: SPECIFIC_ATTRIBUTES
            ExpressionAttributeValues:
              ":customer": { S: C-1234 }
              ":words": { S: late }
              ":email": { S: a@example.com }
            Limit: 50
  - name: refuses everything else
    given: { parameters: { customer: "1", words: "x", email: "no" } }
    expect: { valid: false, errors: [customer, words, email] }
`;
