import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  type IAMClientConfig,
  NoSuchEntityException,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { AwsPlace, Credentials } from "./clients.ts";

/** The inline policies of roles. Each call is sent once. */
export type RolePolicies = {
  put(roleName: string, policyName: string, text: string): Promise<void>;
  /** Nothing when there is none of the name. */
  get(roleName: string, policyName: string): Promise<string | undefined>;
  /** Deleting what is not there is no error. */
  remove(roleName: string, policyName: string): Promise<void>;
};

/** IAM has one control plane a partition; any of its Regions finds it (AWS General Reference, "IAM endpoints and quotas"). */
const regions: Record<string, string> = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
};

export function createRolePolicies(
  { endpoint }: Pick<AwsPlace, "endpoint">,
  partition: string,
  credentials: Required<Credentials>,
): RolePolicies {
  const region = regions[partition];
  if (region === undefined) throw new Error(`There is no IAM known for the partition ${partition}`);
  const options: IAMClientConfig = {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  };

  async function withClient<T>(call: (iam: IAMClient) => Promise<T>): Promise<T> {
    const iam = new IAMClient(options);
    try {
      return await call(iam);
    } finally {
      iam.destroy();
    }
  }

  return {
    async put(RoleName, PolicyName, PolicyDocument) {
      await withClient((iam) => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })));
    },
    async get(RoleName, PolicyName) {
      const answer = await unlessMissing(
        withClient((iam) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
      );
      return answer?.PolicyDocument === undefined ? undefined : decodeURIComponent(answer.PolicyDocument);
    },
    async remove(RoleName, PolicyName) {
      await unlessMissing(
        withClient((iam) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))),
      );
    },
  };
}

async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}
