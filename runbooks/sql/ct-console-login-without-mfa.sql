SELECT
  eventtime,
  useridentity.type AS identity_type,
  useridentity.arn AS principal_arn,
  sourceipaddress,
  useragent,
  awsregion,
  eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time
  AND eventtime < :to_time
  AND eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
  AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success'
  AND json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'No'
  AND useridentity.type IN ('IAMUser', 'Root')
ORDER BY eventtime DESC
LIMIT 200
