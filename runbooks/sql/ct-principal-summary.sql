SELECT
  eventsource,
  eventname,
  count(*) AS calls,
  count_if(errorcode IS NOT NULL) AS errors,
  count(DISTINCT sourceipaddress) AS source_ips,
  count(DISTINCT useragent) AS user_agents,
  min(eventtime) AS first_seen,
  max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time
  AND eventtime < :to_time
  AND CASE :identifier_type
      WHEN 'access_key' THEN useridentity.accesskeyid
      WHEN 'principal_arn' THEN useridentity.arn
      WHEN 'role_arn' THEN useridentity.sessioncontext.sessionissuer.arn
      WHEN 'username' THEN useridentity.username
      WHEN 'source_ip' THEN sourceipaddress
    END = :identifier
GROUP BY eventsource, eventname
ORDER BY calls DESC, eventsource, eventname
LIMIT 300
