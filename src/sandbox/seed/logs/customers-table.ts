import type { AthenaTable } from "../../aws/athena/table.ts";
import { seededRandom } from "../random.ts";

const customerCount = 2_000;

/** `crm.customers`: one snapshot, of the day before `now`; personal data throughout, all of it made up. */
export function customersTable(now: Date): AthenaTable {
  const { snapshotDay } = customersFacts(now);
  const random = seededRandom(2_000);
  return {
    database: "crm",
    name: "customers",
    columns: {
      customer_id: "VARCHAR",
      email: "VARCHAR",
      phone: "VARCHAR",
      country: "VARCHAR",
      created_at: "TIMESTAMP",
      plan: "VARCHAR",
      status: "VARCHAR",
      note: "VARCHAR",
      dt: "VARCHAR",
    },
    partitionColumns: ["dt"],
    bucket: "crm-snapshots",
    prefix: "customers/dt=${dt}/",
    bytesPerRow: 20_000,
    rows: Array.from({ length: customerCount }, (_, index) => {
      const id = String(index + 1).padStart(5, "0");
      return {
        customer_id: `CU-${id}`,
        email: `Customer.${id}@example.com`,
        // 01632 960xxx is the range that Ofcom keeps for fiction.
        phone: `+441632960${String(index % 1000).padStart(3, "0")}`,
        country: random.pick(["DE", "FR", "GB", "IE", "NL", "SE"]),
        created_at: `${new Date(now.getTime() - random.between(1, 900) * 86_400_000).toISOString().slice(0, 10)} 08:00:00`,
        plan: random.pick(["free", "team", "business"]),
        status: random.next() < 0.95 ? "ACTIVE" : "CLOSED",
        ...(index % 10 === 0 && { note: "Called support about an invoice" }),
        dt: snapshotDay,
      };
    }),
  };
}

export function customersFacts(now: Date) {
  return {
    count: customerCount,
    snapshotDay: new Date(now.getTime() - 86_400_000).toISOString().slice(0, 10),
    known: { customerId: "CU-00042", email: "Customer.00042@example.com", phoneLast4: "0041" },
  };
}
