import { athenaAuthorization, calledVia } from "./athena-authorization.ts";
import type { AthenaRight } from "./athena-rights.ts";
import { foreignActions, otherActions } from "./athena-actions.ts";
import { callContext } from "./call-context.ts";
import type { AuthorizationRequest } from "./policy-document.ts";
import type { Mutation } from "./policy-proof.ts";
import type { PolicyTarget } from "./policy-target.ts";

type Moments = { now: Date; expiresAt: Date };

/**
 * The fixed set of calls that a run must not be able to make, each differing from the right in the point that its
 * title names. What the plan itself asks for under another right is left out.
 */
export function athenaMutations(
  right: AthenaRight,
  rights: readonly AthenaRight[],
  target: PolicyTarget,
  { now, expiresAt }: Moments,
): Mutation[] {
  const planned = athenaAuthorization(right, target, now);
  const at = (moment: Date) => athenaAuthorization(right, target, moment);
  return [
    { title: "the moment access ends", request: at(expiresAt) },
    { title: "a day after access ended", request: at(new Date(expiresAt.getTime() + 86_400_000)) },
    ...(right.forwarded ? otherWays(planned, target, now) : otherRegion(planned)),
    ...otherNames(right, planned),
    ...otherPrefixes(right, planned),
    ...(otherActions[right.action.split(":")[0] ?? ""] ?? []).map((action) => ({
      title: action,
      request: { ...planned, action },
    })),
  ].filter(({ request }) => !rights.some((other) => covers(other, request, target, now)));
}

/** What no plan of ours may do, with Athena's help or without. */
export function foreignMutations(target: PolicyTarget, now: Date): Mutation[] {
  return foreignActions(target).flatMap(({ action, resource }) => {
    const request = { action, resource, context: callContext(target, now) };
    return [
      { title: action, request },
      { title: `${action} through Athena`, request: withContext(request, calledVia("athena.amazonaws.com")) },
    ];
  });
}

/** Whether a right includes the call, by the meaning of the right. */
export function covers(
  right: AthenaRight,
  request: AuthorizationRequest,
  target: PolicyTarget,
  now: Date,
): boolean {
  const { context } = request;
  const prefix = context["s3:prefix"];
  return (
    right.action === request.action &&
    (right.folder ? request.resource.startsWith(right.resource) : request.resource === right.resource) &&
    context["aws:CurrentTime"] === now.toISOString() &&
    (right.forwarded
      ? [context["aws:CalledVia"]].flat().includes("athena.amazonaws.com")
      : context["aws:RequestedRegion"] === target.region) &&
    (right.listed === undefined || (typeof prefix === "string" && prefix.startsWith(right.listed)))
  );
}

/** The point of `aws:CalledVia`: leaked credentials open no bucket and no catalogue. */
function otherWays(planned: AuthorizationRequest, target: PolicyTarget, now: Date): Mutation[] {
  const { "s3:prefix": prefix } = planned.context;
  const direct = {
    ...planned,
    context: { ...callContext(target, now), ...(prefix !== undefined && { "s3:prefix": prefix }) },
  };
  return [
    { title: "by the session itself", request: direct },
    ...["cloudformation.amazonaws.com", "athena.amazonaws.com.example.com", "*"].map((service) => ({
      title: `through ${service}`,
      request: withContext(direct, calledVia(service)),
    })),
  ];
}

function otherRegion(planned: AuthorizationRequest): Mutation[] {
  const region = planned.context["aws:RequestedRegion"] === "us-east-1" ? "eu-central-1" : "us-east-1";
  return [
    {
      title: "the same through another region",
      request: withContext(planned, { "aws:RequestedRegion": region }),
    },
  ];
}

/** Another region, account, database, table, workgroup, key, bucket, folder. */
function otherNames(right: AthenaRight, planned: AuthorizationRequest): Mutation[] {
  if (right.resource === "*") return [];
  const [arn, partition, service, region = "", account = "", ...rest] = right.resource.split(":");
  const name = rest.join(":");
  const named = (title: string, place: { region?: string; account?: string; name?: string }) => ({
    title,
    request: {
      ...planned,
      resource: [
        arn,
        partition,
        service,
        place.region ?? region,
        place.account ?? account,
        place.name ?? name,
      ].join(":"),
    },
  });
  return [
    ...(region
      ? [named("another region", { region: region === "us-east-1" ? "eu-west-2" : "us-east-1" })]
      : []),
    ...(account
      ? [named("another account", { account: account === "999999999999" ? "888888888888" : "999999999999" })]
      : []),
    ...(right.folder
      ? otherFolders(name).map(([title, folder]) => named(title, { name: `${folder}part-00000.gz` }))
      : otherExactNames(name).map(([title, other]) => named(title, { name: other }))),
  ];
}

/** `table/audit/logs`: another table, another database, one that starts alike, all of them. */
function otherExactNames(name: string): [string, string][] {
  const parts = name.split("/");
  return [
    ["a name that starts alike", `${name}0`],
    ["any name (pattern)", [...parts.slice(0, -1), "*"].join("/")],
    ...parts.flatMap((part, index): [string, string][] =>
      index === 0 && parts.length > 1
        ? []
        : [[`another name than ${part}`, parts.with(index, "other-0").join("/")]],
    ),
  ];
}

/** `bucket/a/b/`: beside it, above it, at the root, in another bucket. */
function otherFolders(name: string): [string, string][] {
  const [bucket = "", ...folders] = name.replace(/\/$/u, "").split("/");
  const above = folders
    .slice(0, -1)
    .map((folder) => `${folder}/`)
    .join("");
  return [
    ["a folder that starts alike", `${bucket}/${folders.join("/")}0/`],
    ["the folder above", `${bucket}/${above}`],
    ["another folder beside it", `${bucket}/${above}other-0/`],
    ["the root of the bucket", `${bucket}/`],
    ["another bucket", `other-0/${folders.join("/")}/`],
    ["a bucket that starts alike", `${bucket}0/${folders.join("/")}/`],
  ];
}

function otherPrefixes({ listed }: AthenaRight, planned: AuthorizationRequest): Mutation[] {
  if (listed === undefined) return [];
  const { "s3:prefix": _, ...context } = planned.context;
  const bare = listed.replace(/\/$/u, "");
  const prefixes: [string, string][] = [
    ["listing the whole bucket", ""],
    ["listing what starts alike", bare],
    ["listing a folder that starts alike", `${bare}0/`],
    ["listing the folder above", bare.slice(0, bare.lastIndexOf("/") + 1)],
    ["listing another folder", "other-0/"],
    ["listing by a pattern", "*"],
  ];
  return [
    { title: "listing without a prefix", request: { ...planned, context } },
    ...prefixes.map(([title, prefix]) => ({ title, request: withContext(planned, { "s3:prefix": prefix }) })),
  ];
}

function withContext(
  request: AuthorizationRequest,
  context: AuthorizationRequest["context"],
): AuthorizationRequest {
  return { ...request, context: { ...request.context, ...context } };
}
