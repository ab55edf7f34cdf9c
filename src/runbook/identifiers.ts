import * as z from "zod";

/** Lower-case words joined by hyphens: names of runbooks, groups, targets, data sources, environments, policies. */
export const slug = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "a name is lower-case letters and digits, words joined by hyphens");

/** A name of a group of `access.yml`. */
export const groupName = slug.meta({ description: "A group of access.yml." });

/** What a parameter or derived value is called inside its runbook. */
export const valueName = z
  .string()
  .max(48)
  .regex(/^[a-z][a-z0-9_]*$/, "a name here is lower-case letters, digits and _, beginning with a letter");

/** A top-level DynamoDB attribute. Dots are left out: in an expression they would read as a path. */
export const attributeName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,254}$/, "an attribute name is letters, digits, _ and -");

/** DynamoDB's own limits for names of tables and indexes. */
export const tableName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{3,255}$/, "a table or index name is 3 to 255 letters, digits, _, . and -");

export const classification = z
  .enum(["public", "internal", "confidential", "pii"])
  .meta({ description: "How sensitive it is, from public to pii (about a person)." });

/** A table, column or database of Glue, as Athena compares it: in lower case. */
export const sqlName = z
  .string()
  .max(128)
  .regex(/^[a-z_][a-z0-9_]*$/, "an SQL name here is lower-case letters, digits and _");

export const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket is 3 to 63 lower-case letters, digits, . and -");
