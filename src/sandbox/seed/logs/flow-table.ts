import type { AthenaTable } from "../../aws/athena/table.ts";
import { seededRandom } from "../random.ts";
import { dayOf, hoursBefore } from "./log-days.ts";

/** `logs.vpc_flow_logs`: 400 flows in two days; one address is refused 25 times at the database's port. */
export function flowTable(now: Date): AthenaTable {
  const random = seededRandom(400);
  const { rejected } = flowFacts(now);
  const flow = (
    at: Date,
    srcaddr: string,
    dstaddr: string,
    dstport: number,
    action: string,
    interfaceId: string,
  ) => ({
    version: 5,
    account_id: "111122223333",
    interface_id: interfaceId,
    srcaddr,
    dstaddr,
    srcport: random.between(32_768, 60_999),
    dstport,
    protocol: 6,
    packets: action === "REJECT" ? 2 : random.between(5, 80),
    bytes: random.between(200, 90_000),
    start: Math.floor(at.getTime() / 1000),
    end: Math.floor(at.getTime() / 1000) + 60,
    action,
    log_status: "OK",
    vpc_id: "vpc-0123456789abcdef0",
    region: "eu-west-1",
    flow_direction: "ingress",
    day: dayOf(at),
  });
  const accepted = Array.from({ length: 375 }, () =>
    flow(
      new Date(now.getTime() - random.between(60, 47 * 3600) * 1000),
      `10.20.1.${random.between(11, 13)}`,
      "10.20.2.20",
      5432,
      "ACCEPT",
      "eni-0aaaabbbbccccdddd",
    ),
  );
  const refused = Array.from({ length: rejected.flows }, (_, index) =>
    flow(
      new Date(rejected.firstAt.getTime() + index * 30_000),
      rejected.ip,
      rejected.dstaddr,
      rejected.dstport,
      "REJECT",
      rejected.interfaceId,
    ),
  );
  return {
    database: "logs",
    name: "vpc_flow_logs",
    columns: {
      version: "INTEGER",
      account_id: "VARCHAR",
      interface_id: "VARCHAR",
      srcaddr: "VARCHAR",
      dstaddr: "VARCHAR",
      srcport: "INTEGER",
      dstport: "INTEGER",
      protocol: "BIGINT",
      packets: "BIGINT",
      bytes: "BIGINT",
      start: "BIGINT",
      end: "BIGINT",
      action: "VARCHAR",
      log_status: "VARCHAR",
      vpc_id: "VARCHAR",
      subnet_id: "VARCHAR",
      instance_id: "VARCHAR",
      tcp_flags: "INTEGER",
      type: "VARCHAR",
      pkt_srcaddr: "VARCHAR",
      pkt_dstaddr: "VARCHAR",
      region: "VARCHAR",
      az_id: "VARCHAR",
      flow_direction: "VARCHAR",
      traffic_path: "INTEGER",
      day: "VARCHAR",
    },
    partitionColumns: ["day"],
    bucket: "network-flow-logs",
    prefix: "AWSLogs/111122223333/vpcflowlogs/eu-west-1/${day}/",
    bytesPerRow: 100_000,
    rows: [...accepted, ...refused],
  };
}

export function flowFacts(now: Date) {
  return {
    rejected: {
      ip: "10.20.9.40",
      dstaddr: "10.20.2.20",
      dstport: 5432,
      interfaceId: "eni-0eeeeffff00001111",
      flows: 25,
      packets: 50,
      firstAt: hoursBefore(now, 6),
    },
  };
}
