import { createRequire } from "node:module";
import { AwsError } from "./aws-error.ts";

/** The parts of dynalite's inside that the engine calls; dynalite has no types of its own. */
type Dynalite = {
  db: { create: (options: Record<string, number>) => Store };
  validations: {
    checkTypes: (request: unknown, types: unknown) => CheckedRequest;
    checkValidations: (request: CheckedRequest, types: unknown, custom: unknown, store: Store) => void;
  };
  validation: (operation: string) => { types: unknown; custom?: unknown };
  action: (
    operation: string,
  ) => (store: Store, request: CheckedRequest, done: (error: unknown, result: unknown) => void) => void;
};

type Store = {
  tableDb: { awsAccountId: string; awsRegion: string };
  db: { close: () => Promise<void> };
  getTable: (name: string, checkStatus: boolean, done: (error: unknown, table?: Table) => void) => void;
};

export type Table = {
  TableStatus: string;
  KeySchema: KeySchema;
  GlobalSecondaryIndexes?: { IndexName: string; KeySchema: KeySchema }[];
  LocalSecondaryIndexes?: { IndexName: string; KeySchema: KeySchema }[];
};

/** Partition key first, as dynalite insists on creation. */
type KeySchema = { AttributeName: string; KeyType: "HASH" | "RANGE" }[];

/** A request after DynamoDB's own validation; expressions are parsed into the underscored fields. */
export type CheckedRequest = Record<string, unknown>;

/** DynamoDB's data plane, embedded: no port of its own, so nothing reaches it but through the gateway. */
export type DynamoDbEngine = AsyncDisposable & {
  supports: (operation: string) => boolean;
  /** Refuses what DynamoDB refuses before it looks at any table; throws `AwsError`. */
  check: (operation: string, parameters: Record<string, unknown>) => CheckedRequest;
  run: (operation: string, request: CheckedRequest) => Promise<unknown>;
  describe: (table: string) => Promise<Table | undefined>;
};

const operations = [
  "BatchGetItem",
  "BatchWriteItem",
  "CreateTable",
  "DeleteItem",
  "DeleteTable",
  "DescribeTable",
  "GetItem",
  "ListTables",
  "PutItem",
  "Query",
  "Scan",
  "UpdateItem",
  "UpdateTable",
];

/**
 * dynalite's actions and validations without its HTTP server. They are not its documented interface, which
 * is a server on a port of its own that checks no signature; the version is fixed by the lock file.
 */
export function startDynalite(options: { account: string; region: string }): DynamoDbEngine {
  const dynalite = loadDynalite();
  const store = dynalite.db.create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  store.tableDb.awsAccountId = options.account;
  store.tableDb.awsRegion = options.region;

  const describe = (name: string) =>
    new Promise<Table | undefined>((resolve, reject) => {
      store.getTable(name, false, (error, table) => {
        if (!error) resolve(table);
        else if (isApiError(error)) resolve(undefined);
        else reject(error);
      });
    });

  /** The store may not be closed under them: it throws where nobody could catch it. */
  const running = new Set<Promise<unknown>>();

  return {
    supports: (operation) => operations.includes(operation),
    check: (operation, parameters) => {
      const { types, custom } = dynalite.validation(operation);
      try {
        const request = dynalite.validations.checkTypes(structuredClone(parameters), types);
        dynalite.validations.checkValidations(request, types, custom, store);
        return request;
      } catch (error) {
        throw isApiError(error) ? toAwsError(error) : error;
      }
    },
    run: async (operation, request) => {
      const acting = new Promise<unknown>((resolve, reject) => {
        dynalite.action(operation)(store, request, (error, value) => {
          if (!error) resolve(structuredClone(value));
          else reject(isApiError(error) ? toAwsError(error) : error);
        });
      });
      running.add(acting);
      const result = await acting.finally(() => running.delete(acting));
      if (operation === "CreateTable") await settled(describe, String(request["TableName"]));
      return result;
    },
    describe,
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(running);
      await store.db.close();
    },
  };
}

function loadDynalite(): Dynalite {
  const require = createRequire(import.meta.url);
  const file = (operation: string) => operation.charAt(0).toLowerCase() + operation.slice(1);
  return {
    db: require("dynalite/db") as Dynalite["db"],
    validations: require("dynalite/validations") as Dynalite["validations"],
    validation: (operation) =>
      require(`dynalite/validations/${file(operation)}`) as ReturnType<Dynalite["validation"]>,
    action: (operation) => require(`dynalite/actions/${file(operation)}`) as ReturnType<Dynalite["action"]>,
  };
}

/** A table is usable when its creation is answered, so that nobody has to wait in a test. */
async function settled(describe: DynamoDbEngine["describe"], table: string): Promise<void> {
  while ((await describe(table))?.TableStatus === "CREATING") {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

type ApiError = {
  statusCode: number;
  body: { __type: string; message?: string; Message?: string };
};

function isApiError(error: unknown): error is ApiError {
  return typeof error === "object" && error !== null && "statusCode" in error && "body" in error;
}

function toAwsError({ statusCode, body }: ApiError): AwsError {
  const { __type: type, message, Message } = body;
  return new AwsError(type.slice(type.indexOf("#") + 1), message ?? Message ?? "", {
    status: statusCode,
    body,
  });
}
