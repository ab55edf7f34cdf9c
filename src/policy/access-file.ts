/** The file's form and loading stand beside the runbooks, because `runbook/` may not look into `policy/`. */
export type { Access, AccessPolicy } from "../runbook/access-file.ts";
