/** A checked value of a parameter with the SQL type that its declaration gives it. */
export type TypedValue =
  | { type: "string"; value: string }
  | { type: "integer"; value: number | bigint }
  | { type: "decimal"; value: string }
  | { type: "boolean"; value: boolean }
  /** `YYYY-MM-DD` */
  | { type: "date"; value: string }
  /** `YYYY-MM-DD HH:MM:SS`, up to three decimals, in UTC. */
  | { type: "timestamp"; value: string };
