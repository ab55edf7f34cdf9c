import { AthenaClient } from "@aws-sdk/client-athena";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { STSClient, type STSClientConfig } from "@aws-sdk/client-sts";

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export type AwsPlace = { region: string; endpoint?: string };

/** The bot's own identity, from the SDK's default chain: it can assume data roles and use its table, nothing else. */
export function createOwnClients(place: AwsPlace): {
  sts: STSClient;
  dynamodb: DynamoDBClient;
  [Symbol.dispose](): void;
} {
  // Bounded: a peer that accepts and never answers must not hold a click or a sweep for ever.
  const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
  const sts = createStsClient(place, { requestHandler });
  const dynamodb = new DynamoDBClient({ ...place, requestHandler });
  return {
    sts,
    dynamodb,
    [Symbol.dispose]() {
      sts.destroy();
      dynamodb.destroy();
    },
  };
}

/**
 * A client that sends each call once. What the SDK repeats by itself when an answer is lost would be a second session
 * that nobody knows of.
 */
export function createStsClient(
  place: AwsPlace,
  options: Omit<STSClientConfig, "maxAttempts"> = {},
): STSClient {
  return new STSClient({ ...options, ...place, maxAttempts: 1 });
}

/** Which run a session's calls belong to. Seen in CloudTrail's user agent; it is a hint, not a proof. */
export type Correlation = { grant: string; run: number };

/**
 * A DynamoDB client made of one session's static credentials. Nothing renews them: a provider that does would
 * outlive the approval.
 *
 * @param maxAttempts 1 for a session that writes: what the SDK repeats when an answer is lost would be a second write
 */
export function createSessionClient(
  place: AwsPlace,
  credentials: Required<Credentials>,
  correlation: Correlation,
  maxAttempts = 3,
): DynamoDBClient {
  return new DynamoDBClient({ ...sessionOptions(place, credentials, correlation), maxAttempts });
}

/** The same for Athena. */
export function createAthenaClient(
  place: AwsPlace,
  credentials: Required<Credentials>,
  correlation: Correlation,
): AthenaClient {
  return new AthenaClient(sessionOptions(place, credentials, correlation));
}

function sessionOptions(place: AwsPlace, credentials: Required<Credentials>, correlation: Correlation) {
  return {
    ...place,
    credentials,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
    customUserAgent: [
      ["jit-grant", correlation.grant],
      ["jit-run", String(correlation.run)],
    ] as [string, string][],
  };
}
