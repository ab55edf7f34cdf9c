SELECT
  eventtime,
  eventsource,
  eventname,
  awsregion,
  errorcode,
  sourceipaddress,
  json_extract_scalar(requestparameters, '$.roleArn') AS role_arn,
  json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
  readonly,
  eventid
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
  AND (:calls = 'all' OR coalesce(readonly, 'false') = 'false')
ORDER BY eventtime, eventid
LIMIT 1000
