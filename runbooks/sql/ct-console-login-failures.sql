SELECT
  sourceipaddress,
  identity_type,
  username,
  reason,
  mfa_used,
  failures,
  first_seen,
  last_seen
FROM (
  SELECT
    sourceipaddress,
    useridentity.type AS identity_type,
    useridentity.username AS username,
    coalesce(errormessage, json_extract_scalar(responseelements, '$.ConsoleLogin')) AS reason,
    json_extract_scalar(additionaleventdata, '$.MFAUsed') AS mfa_used,
    count(*) AS failures,
    min(eventtime) AS first_seen,
    max(eventtime) AS last_seen
  FROM cloudtrail_logs
  WHERE account = :account
    AND day BETWEEN :day_from AND :day_to
    AND eventtime >= :from_time
    AND eventtime < :to_time
    AND eventsource = 'signin.amazonaws.com'
    AND eventname = 'ConsoleLogin'
    AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure'
  GROUP BY 1, 2, 3, 4, 5
) t
WHERE failures >= :min_failures
ORDER BY failures DESC, sourceipaddress, username
LIMIT 200
