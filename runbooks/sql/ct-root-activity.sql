SELECT
  eventtime,
  eventsource,
  eventname,
  awsregion,
  sourceipaddress,
  useragent,
  errorcode,
  useridentity.accesskeyid AS access_key_id,
  readonly,
  eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time
  AND eventtime < :to_time
  AND useridentity.type = 'Root'
  AND useridentity.invokedby IS NULL
  AND eventtype <> 'AwsServiceEvent'
ORDER BY eventtime DESC
LIMIT 500
