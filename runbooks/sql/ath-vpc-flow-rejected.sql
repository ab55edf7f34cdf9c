SELECT
  interface_id,
  srcaddr,
  dstaddr,
  dstport,
  protocol,
  count(*) AS flows,
  sum(packets) AS packets,
  from_unixtime(min(start)) AS first_seen,
  from_unixtime(max("end")) AS last_seen
FROM vpc_flow_logs
WHERE day BETWEEN :day_from AND :day_to
  AND start >= :from_seconds
  AND start < :to_seconds
  AND action = 'REJECT'
  AND (srcaddr = :ip OR dstaddr = :ip)
GROUP BY 1, 2, 3, 4, 5
ORDER BY flows DESC, dstport
LIMIT 200
