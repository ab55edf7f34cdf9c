import { createHash } from "node:crypto";
import type { RowType } from "../../aws/athena/table.ts";
import type { Identity } from "./trail-identities.ts";

/** The columns of AWS's partition-projection table for CloudTrail, `sourceidentity` added, and three partition columns. */
export const trailColumns: RowType = {
  eventversion: "VARCHAR",
  useridentity: {
    type: "VARCHAR",
    principalid: "VARCHAR",
    arn: "VARCHAR",
    accountid: "VARCHAR",
    invokedby: "VARCHAR",
    accesskeyid: "VARCHAR",
    username: "VARCHAR",
    onbehalfof: { userid: "VARCHAR", identitystorearn: "VARCHAR" },
    sessioncontext: {
      attributes: { mfaauthenticated: "VARCHAR", creationdate: "VARCHAR" },
      sessionissuer: {
        type: "VARCHAR",
        principalid: "VARCHAR",
        arn: "VARCHAR",
        accountid: "VARCHAR",
        username: "VARCHAR",
      },
      ec2roledelivery: "VARCHAR",
      webidfederationdata: { federatedprovider: "VARCHAR" },
      sourceidentity: "VARCHAR",
    },
  },
  eventtime: "VARCHAR",
  eventsource: "VARCHAR",
  eventname: "VARCHAR",
  awsregion: "VARCHAR",
  sourceipaddress: "VARCHAR",
  useragent: "VARCHAR",
  errorcode: "VARCHAR",
  errormessage: "VARCHAR",
  requestparameters: "VARCHAR",
  responseelements: "VARCHAR",
  additionaleventdata: "VARCHAR",
  requestid: "VARCHAR",
  eventid: "VARCHAR",
  readonly: "VARCHAR",
  resources: [{ arn: "VARCHAR", accountid: "VARCHAR", type: "VARCHAR" }],
  eventtype: "VARCHAR",
  apiversion: "VARCHAR",
  recipientaccountid: "VARCHAR",
  serviceeventdetails: "VARCHAR",
  sharedeventid: "VARCHAR",
  vpcendpointid: "VARCHAR",
  vpcendpointaccountid: "VARCHAR",
  eventcategory: "VARCHAR",
  addendum: {
    reason: "VARCHAR",
    updatedfields: "VARCHAR",
    originalrequestid: "VARCHAR",
    originaleventid: "VARCHAR",
  },
  sessioncredentialfromconsole: "VARCHAR",
  edgedevicedetails: "VARCHAR",
  tlsdetails: { tlsversion: "VARCHAR", ciphersuite: "VARCHAR", clientprovidedhostheader: "VARCHAR" },
  account: "VARCHAR",
  region: "VARCHAR",
  day: "VARCHAR",
};

export type TrailEvent = {
  at: Date;
  /** 111122223333 unless told otherwise. */
  account?: string;
  /** eu-west-1 unless told otherwise. */
  region?: string;
  /** `iam` for `iam.amazonaws.com`. */
  source: string;
  name: string;
  who: Identity;
  ip: string;
  agent?: string;
  request?: object;
  response?: object;
  additional?: object;
  error?: readonly [code: string, message: string];
  /** Absent in old events, so absent here where it isn't given. */
  readOnly?: boolean;
  resources?: readonly { arn: string; type: string }[];
  isData?: boolean;
  eventType?: string;
  /** Two events at the same second by the same caller need it to stay apart. */
  salt?: string;
};

export const production = "111122223333";
export const staging = "444455556666";
export const homeRegion = "eu-west-1";

/** The event as a row of the table: nested parameters as JSON text, times as CloudTrail writes them. */
export function trailRow(event: TrailEvent): Record<string, unknown> {
  const { account = production, region = homeRegion, source, name, who, ip, error } = event;
  const eventtime = event.at.toISOString().replace(/\.\d+Z$/u, "Z");
  const id = eventId(event);
  return {
    eventversion: "1.11",
    useridentity: who,
    eventtime,
    eventsource: `${source}.amazonaws.com`,
    eventname: name,
    awsregion: region,
    sourceipaddress: ip,
    useragent: event.agent ?? "aws-sdk-java/2.31.0 Linux/6.12",
    ...(error && { errorcode: error[0], errormessage: error[1] }),
    requestparameters: text(event.request),
    responseelements: text(event.response),
    additionaleventdata: text(event.additional),
    requestid: id.split("-").toReversed().join("-"),
    eventid: id,
    ...(event.readOnly !== undefined && { readonly: String(event.readOnly) }),
    resources: event.resources?.map((resource) => ({ ...resource, accountid: account })),
    eventtype: event.eventType ?? "AwsApiCall",
    recipientaccountid: account,
    eventcategory: event.isData ? "Data" : "Management",
    tlsdetails: {
      tlsversion: "TLSv1.3",
      ciphersuite: "TLS_AES_128_GCM_SHA256",
      clientprovidedhostheader: `${source}.${region}.amazonaws.com`,
    },
    account,
    region,
    day: eventtime.slice(0, 10).replaceAll("-", "/"),
  };
}

function text(value: object | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

/** A UUID that follows from the event, so that facts can name it. */
export function eventId({ at, source, name, who, ip, request, salt }: TrailEvent): string {
  const hex = createHash("sha256")
    .update(JSON.stringify([at.toISOString(), source, name, who, ip, request, salt]))
    .digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/u, "$1-$2-$3-$4-$5");
}
