/** The IAM policy grammar as far as this product writes or evaluates it. */
export type PolicyDocument = { Version: "2012-10-17"; Statement: Statement[] };

export type Statement = {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Principal?: "*" | { AWS: string | string[] };
  Action: string | string[];
  Resource: string | string[];
  /** operator → condition key → value(s), e.g. `{"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["PAID"]}}`. */
  Condition?: Conditions;
};

export type Conditions = Record<string, Record<string, string | string[]>>;

/** One API call as IAM sees it: what is asked of which resource under which circumstances. */
export type AuthorizationRequest = {
  /** `service:Operation`, e.g. `dynamodb:Query`. */
  action: string;
  /** The exact ARN. */
  resource: string;
  /** Condition keys that are present. A multivalued key (`dynamodb:LeadingKeys`) holds an array, even for one value. */
  context: Record<string, string | string[]>;
};

export type Decision =
  | { allowed: true; statements: { layer: "identity" | "session"; statement: Statement }[] }
  | {
      allowed: false;
      /** `explicit`: a Deny matched. `implicit`: nothing in that layer allows it. */
      denial: "explicit" | "implicit";
      layer: "identity" | "session";
      /** The Deny that matched, when explicit. */
      statement?: Statement;
    };
