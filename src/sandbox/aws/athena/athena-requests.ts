import { z } from "zod";
import { invalidRequest } from "./wording.ts";

/** The requests that are served, with the limits of the API Reference; keys that aren't named are let through. */
const athenaRequests = {
  StartQueryExecution: z.looseObject({
    QueryString: z.string().min(1),
    ClientRequestToken: z.string().min(32).max(128).optional(),
    QueryExecutionContext: z
      .looseObject({ Database: z.string().min(1).max(255).optional(), Catalog: z.string().optional() })
      .optional(),
    ResultConfiguration: z.looseObject({ OutputLocation: z.string().optional() }).optional(),
    WorkGroup: z
      .string()
      .regex(/^[a-zA-Z0-9._-]{1,128}$/u)
      .optional(),
    ExecutionParameters: z.array(z.string().min(1).max(1024)).min(1).optional(),
    ResultReuseConfiguration: z
      .looseObject({
        ResultReuseByAgeConfiguration: z
          .looseObject({ Enabled: z.boolean(), MaxAgeInMinutes: z.number().min(0).max(10_080).optional() })
          .optional(),
      })
      .optional(),
  }),
  GetQueryExecution: z.looseObject({ QueryExecutionId: z.string() }),
  StopQueryExecution: z.looseObject({ QueryExecutionId: z.string() }),
  BatchGetQueryExecution: z.looseObject({ QueryExecutionIds: z.array(z.string()).min(1).max(50) }),
  GetQueryResults: z.looseObject({
    QueryExecutionId: z.string(),
    MaxResults: z.number().int().min(1).max(1000).optional(),
    NextToken: z.string().min(1).max(1024).optional(),
  }),
  GetWorkGroup: z.looseObject({ WorkGroup: z.string() }),
};

export type AthenaOperation = keyof typeof athenaRequests;
export type AthenaRequest<Operation extends AthenaOperation> = z.infer<(typeof athenaRequests)[Operation]>;

/** Worded as AWS's own validation. */
export function readAthenaRequest<Operation extends AthenaOperation>(
  operation: Operation,
  parameters: unknown,
): AthenaRequest<Operation> {
  const read = athenaRequests[operation].safeParse(parameters);
  if (read.success) return read.data as AthenaRequest<Operation>;
  const { issues } = read.error;
  const said = issues.map(({ path, message }) => {
    const [head = "", ...rest] = path.map(String);
    const member = [head.charAt(0).toLowerCase() + head.slice(1), ...rest].join(".");
    return `Value at '${member}' failed to satisfy constraint: ${message}`;
  });
  throw invalidRequest(
    `${issues.length} validation error${issues.length === 1 ? "" : "s"} detected: ${said.join("; ")}`,
    "INVALID_INPUT",
  );
}

export function isAthenaOperation(operation: string): operation is AthenaOperation {
  return Object.hasOwn(athenaRequests, operation);
}
