import type { AthenaTable } from "../aws/athena/table.ts";
import { cloudTrailTable } from "./cloudtrail/cloudtrail-table.ts";
import { costTable } from "./logs/cost-table.ts";
import { customersTable } from "./logs/customers-table.ts";
import { loadBalancerTable } from "./logs/load-balancer-table.ts";
import { bucketAccessTable } from "./logs/bucket-access-table.ts";
import { flowTable } from "./logs/flow-table.ts";

/** All tables of the local Athena as of `now`; takes a fraction of a second and gives the same for the same moment. */
export function athenaTables(now: Date): AthenaTable[] {
  return [
    cloudTrailTable(now),
    loadBalancerTable(now),
    flowTable(now),
    bucketAccessTable(now),
    customersTable(now),
    costTable(now),
  ];
}
