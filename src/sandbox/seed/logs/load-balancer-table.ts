import type { AthenaTable } from "../../aws/athena/table.ts";
import { seededRandom } from "../random.ts";
import { dayOf, hoursBefore } from "./log-days.ts";

const groupArn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/0123456789abcdef";

/** `logs.alb_logs`: 500 requests in two days; one target of three answers 40 of them with 502 within ten minutes. */
export function loadBalancerTable(now: Date): AthenaTable {
  const random = seededRandom(500);
  const { badTarget, errorCount, firstAt } = loadBalancerFacts(now);
  const request = (at: Date, target: string, isBroken: boolean) => ({
    type: "https",
    time: at.toISOString(),
    elb: "app/shop/50dc6c495c0c9188",
    client_ip: `192.0.2.${random.between(1, 250)}`,
    client_port: random.between(20_000, 60_000),
    target_ip: target,
    target_port: 8080,
    request_processing_time: 0.001,
    target_processing_time: isBroken ? 10 : random.between(5, 90) / 1000,
    response_processing_time: 0,
    elb_status_code: isBroken ? 502 : 200,
    target_status_code: isBroken ? "-" : "200",
    received_bytes: 512,
    sent_bytes: 2048,
    request_verb: "GET",
    request_url: "https://shop.example.com:443/orders",
    request_proto: "HTTP/2.0",
    user_agent: "Mozilla/5.0",
    target_group_arn: groupArn,
    domain_name: "shop.example.com",
    day: dayOf(at),
  });
  const healthy = Array.from({ length: 460 }, () =>
    request(
      new Date(now.getTime() - random.between(60, 47 * 3600) * 1000),
      random.pick(["10.20.1.11", "10.20.1.12", badTarget.ip]),
      false,
    ),
  );
  const broken = Array.from({ length: errorCount }, (_, index) =>
    request(new Date(firstAt.getTime() + index * 15_000), badTarget.ip, true),
  );
  return {
    database: "logs",
    name: "alb_logs",
    columns: {
      type: "VARCHAR",
      time: "VARCHAR",
      elb: "VARCHAR",
      client_ip: "VARCHAR",
      client_port: "INTEGER",
      target_ip: "VARCHAR",
      target_port: "INTEGER",
      request_processing_time: "DOUBLE",
      target_processing_time: "DOUBLE",
      response_processing_time: "DOUBLE",
      elb_status_code: "INTEGER",
      target_status_code: "VARCHAR",
      received_bytes: "BIGINT",
      sent_bytes: "BIGINT",
      request_verb: "VARCHAR",
      request_url: "VARCHAR",
      request_proto: "VARCHAR",
      user_agent: "VARCHAR",
      ssl_cipher: "VARCHAR",
      ssl_protocol: "VARCHAR",
      target_group_arn: "VARCHAR",
      trace_id: "VARCHAR",
      domain_name: "VARCHAR",
      chosen_cert_arn: "VARCHAR",
      matched_rule_priority: "VARCHAR",
      request_creation_time: "VARCHAR",
      actions_executed: "VARCHAR",
      redirect_url: "VARCHAR",
      lambda_error_reason: "VARCHAR",
      target_port_list: "VARCHAR",
      target_status_code_list: "VARCHAR",
      classification: "VARCHAR",
      classification_reason: "VARCHAR",
      day: "VARCHAR",
    },
    partitionColumns: ["day"],
    bucket: "shop-alb-logs",
    prefix: "AWSLogs/111122223333/elasticloadbalancing/eu-west-1/${day}/",
    bytesPerRow: 100_000,
    rows: [...healthy, ...broken],
  };
}

export function loadBalancerFacts(now: Date) {
  return {
    groupArn,
    badTarget: { ip: "10.20.1.13", port: 8080 },
    statusCode: 502,
    errorCount: 40,
    firstAt: hoursBefore(now, 12),
  };
}
