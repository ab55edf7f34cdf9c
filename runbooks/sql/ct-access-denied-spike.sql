SELECT
  principal_arn,
  hour_utc,
  denied,
  distinct_actions,
  services,
  source_ips,
  last_message
FROM (
  SELECT
    coalesce(useridentity.arn, useridentity.principalid) AS principal_arn,
    substr(eventtime, 1, 13) AS hour_utc,
    count(*) AS denied,
    count(DISTINCT eventname) AS distinct_actions,
    count(DISTINCT eventsource) AS services,
    array_join(array_agg(DISTINCT sourceipaddress), ', ') AS source_ips,
    max_by(errormessage, eventtime) AS last_message
  FROM cloudtrail_logs
  WHERE account = :account
    AND day BETWEEN :day_from AND :day_to
    AND eventtime >= :from_time
    AND eventtime < :to_time
    AND errorcode IN (
      'AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation', 'UnauthorizedOperation',
      'Client.OperationNotPermitted'
    )
  GROUP BY 1, 2
) t
WHERE denied >= :min_denied
ORDER BY denied DESC, hour_utc, principal_arn
LIMIT 200
