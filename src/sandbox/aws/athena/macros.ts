/** Trino's functions that DuckDB has under another name or with another meaning. Run once, before the lock. */
export const macros: readonly string[] = [
  // Null in, null out; objects, arrays and text that isn't JSON give null, as in Trino.
  `json_extract_scalar(j, p) AS CASE WHEN json_valid(j) AND json_type(j, p) NOT IN ('OBJECT', 'ARRAY', 'NULL')
     THEN json_extract_string(j, p) END`,
  "json_parse(t) AS CAST(t AS JSON)",
  "json_format(j) AS CAST(j AS VARCHAR)",
  "concat(a, b) AS (a || b), (a, b, c) AS (a || b || c), (a, b, c, d) AS (a || b || c || d), (a, b, c, d, e) AS (a || b || c || d || e)",
  "regexp_like(t, p) AS regexp_matches(t, p)",
  "from_iso8601_timestamp(t) AS CAST(t AS TIMESTAMPTZ)",
  "from_iso8601_date(t) AS CAST(t AS DATE)",
  "to_iso8601(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ')",
  "from_unixtime(s) AS to_timestamp(s)",
  "to_unixtime(t) AS epoch(t)",
  "date_add(unit, n, t) AS (t + CAST((n || ' ' || unit) AS INTERVAL))",
  "approx_distinct(x) AS approx_count_distinct(x)",
  "approx_percentile(x, p) AS approx_quantile(x, p)",
  "element_at(a, i) AS a[i]",
  "cardinality(a) AS len(a)",
  "array_join(a, s) AS array_to_string(a, s)",
  "array_sort(a) AS list_sort(a)",
  "array_max(a) AS list_max(a)",
  "array_min(a) AS list_min(a)",
  "url_extract_host(u) AS regexp_extract(u, '^[a-z]+://([^/:?#]+)', 1)",
  "arbitrary(x) AS any_value(x)",
];
