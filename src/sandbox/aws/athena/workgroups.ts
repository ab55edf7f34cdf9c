/** A workgroup's settings, in the words of the Athena API. */
export type WorkGroup = {
  name: string;
  /** Results stay with Athena for 24 hours and need no bucket; else `outputLocation` says where they go. */
  managedResults: boolean;
  /** `s3://bucket/prefix/`, with own-bucket results. */
  outputLocation?: string;
  /** The workgroup's settings win over a client's; true unless told otherwise. */
  enforced?: boolean;
  /** At least 10,000,000, as in the API; no cutoff when absent. */
  bytesScannedCutoff?: number;
  enabled?: boolean;
  description?: string;
};

const gigabyte = 1_000_000_000;

/** Managed results throughout; one workgroup per class of data, because whoever may read one result of a workgroup may read all. */
const defaultWorkGroups: readonly WorkGroup[] = [
  {
    name: "jit-cloudtrail",
    managedResults: true,
    bytesScannedCutoff: 8 * gigabyte,
    description: "Runbooks over CloudTrail",
  },
  {
    name: "jit-logs",
    managedResults: true,
    bytesScannedCutoff: 2 * gigabyte,
    description: "Runbooks over load balancer, flow and bucket logs",
  },
  {
    name: "jit-adhoc",
    managedResults: true,
    bytesScannedCutoff: gigabyte,
    description: "Ad-hoc queries inside a data class",
  },
];

/** The default ones and more; one with a default's name takes its place. */
export function workGroupsWith(more: readonly WorkGroup[] = []): WorkGroup[] {
  return [...new Map([...defaultWorkGroups, ...more].map((group) => [group.name, group])).values()];
}

/** What GetWorkGroup answers. */
export function describeWorkGroup(group: WorkGroup, createdAt: Date) {
  return {
    Name: group.name,
    State: group.enabled === false ? "DISABLED" : "ENABLED",
    Description: group.description ?? "",
    CreationTime: createdAt.getTime() / 1000,
    Configuration: {
      ...(group.outputLocation !== undefined && {
        ResultConfiguration: { OutputLocation: group.outputLocation },
      }),
      ManagedQueryResultsConfiguration: { Enabled: group.managedResults },
      EnforceWorkGroupConfiguration: group.enforced ?? true,
      PublishCloudWatchMetricsEnabled: true,
      ...(group.bytesScannedCutoff !== undefined && {
        BytesScannedCutoffPerQuery: group.bytesScannedCutoff,
      }),
      RequesterPaysEnabled: false,
      EngineVersion: engineVersion,
    },
  };
}

export const engineVersion = {
  SelectedEngineVersion: "AUTO",
  EffectiveEngineVersion: "Athena engine version 3",
};
