import type { AthenaTable } from "../../aws/athena/table.ts";

/** `billing.cur`: three services of the account on each of the seven days before `now`. */
export function costTable(now: Date): AthenaTable {
  return {
    database: "billing",
    name: "cur",
    columns: {
      line_item_usage_account_id: "VARCHAR",
      line_item_product_code: "VARCHAR",
      line_item_usage_start_date: "TIMESTAMP",
      line_item_line_item_type: "VARCHAR",
      line_item_unblended_cost: "DOUBLE",
      billing_period: "VARCHAR",
    },
    partitionColumns: ["billing_period"],
    bucket: "cost-and-usage",
    prefix: "cur/data/BILLING_PERIOD=${billing_period}/",
    bytesPerRow: 50_000,
    rows: costFacts(now).days.flatMap((day) =>
      costFacts(now).services.map(({ code, perDay }) => ({
        line_item_usage_account_id: "111122223333",
        line_item_product_code: code,
        line_item_usage_start_date: `${day} 00:00:00`,
        line_item_line_item_type: "Usage",
        line_item_unblended_cost: perDay,
        billing_period: day.slice(0, 7),
      })),
    ),
  };
}

export function costFacts(now: Date) {
  return {
    days: [7, 6, 5, 4, 3, 2, 1].map((ago) =>
      new Date(now.getTime() - ago * 86_400_000).toISOString().slice(0, 10),
    ),
    services: [
      { code: "AmazonEC2", perDay: 412.5 },
      { code: "AmazonS3", perDay: 38.25 },
      { code: "AmazonAthena", perDay: 4.75 },
    ],
  };
}
