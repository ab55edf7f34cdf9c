SELECT r.arn AS function_arn, eventname, errorcode, useridentity.arn AS caller_arn, count(*) AS errors, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
LEFT JOIN UNNEST(resources) AS r ON true
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'lambda.amazonaws.com'
  AND errorcode IS NOT NULL
GROUP BY 1, 2, 3, 4
ORDER BY errors DESC
LIMIT 200
