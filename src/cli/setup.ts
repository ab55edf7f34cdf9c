import { createOwnClients } from "../aws/clients.ts";
import { readTableConfig } from "../config.ts";
import { ConfigError } from "../errors.ts";
import { EXPIRES_AT, expireCounters } from "../store/expire-counters.ts";
import { createTable } from "../store/create-table.ts";
import type { Command } from "./command.ts";

export const setup: Command = {
  name: "setup",
  usage: "setup",
  summary:
    "Make the DynamoDB table for requests and audit (JIT_TABLE in AWS_REGION), unless it exists, and let counters in it expire.",
  async run(args, io) {
    if (args.length > 0) {
      io.err(`Usage: jit ${setup.usage}`);
      return 2;
    }
    try {
      const { table, region, awsEndpoint } = readTableConfig(io.env);
      using own = createOwnClients({ region, ...(awsEndpoint ? { endpoint: awsEndpoint } : {}) });
      const outcome = await createTable(own.dynamodb, table);
      io.out(
        outcome === "created"
          ? `The table ${table} is made and ready.`
          : `The table ${table} exists and is ready.`,
      );
      const expiry = await expireCounters(own.dynamodb, table);
      if (expiry.status === "on") return 0;
      io.err(
        `DynamoDB deletes items of ${table} by their attribute ${expiry.attribute}, which may take requests and audit away. Switch that off, and run jit setup again: counters go by ${EXPIRES_AT}.`,
      );
      return 1;
    } catch (error) {
      io.err(error instanceof ConfigError ? error.message : `The table is not set up: ${String(error)}`);
      return 1;
    }
  },
};
