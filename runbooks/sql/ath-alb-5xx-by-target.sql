SELECT
  target_group_arn,
  concat(target_ip, ':', CAST(target_port AS varchar)) AS target,
  elb_status_code,
  target_status_code,
  count(*) AS requests,
  approx_percentile(target_processing_time, 0.95) AS p95_target_seconds,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM alb_logs
WHERE day BETWEEN :day_from AND :day_to
  AND time >= :from_time
  AND time < :to_time
  AND elb_status_code BETWEEN 500 AND 599
GROUP BY 1, 2, 3, 4
ORDER BY requests DESC, target
LIMIT 100
