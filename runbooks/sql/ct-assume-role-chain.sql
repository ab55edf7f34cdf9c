WITH hops AS (
  SELECT
    eventtime,
    useridentity.accesskeyid AS caller_key,
    useridentity.arn AS caller_arn,
    json_extract_scalar(requestparameters, '$.roleArn') AS role_arn,
    json_extract_scalar(requestparameters, '$.roleSessionName') AS session_name,
    json_extract_scalar(responseelements, '$.credentials.accessKeyId') AS issued_key
  FROM cloudtrail_logs
  WHERE account = :account
    AND day BETWEEN :day_from AND :day_to
    AND eventtime >= :from_time
    AND eventtime < :to_time
    AND eventsource = 'sts.amazonaws.com'
    AND eventname IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'GetSessionToken', 'GetFederationToken')
    AND errorcode IS NULL
)
SELECT
  h1.eventtime AS hop1_time,
  h1.caller_arn,
  h1.role_arn AS hop1_role,
  h1.session_name AS hop1_session,
  h1.issued_key AS hop1_key,
  h2.eventtime AS hop2_time,
  h2.role_arn AS hop2_role,
  h2.issued_key AS hop2_key,
  h3.eventtime AS hop3_time,
  h3.role_arn AS hop3_role,
  h3.issued_key AS hop3_key
FROM hops h1
LEFT JOIN hops h2 ON h2.caller_key = h1.issued_key
LEFT JOIN hops h3 ON h3.caller_key = h2.issued_key
WHERE h1.caller_key = :start_access_key
ORDER BY h1.eventtime, h2.eventtime, h3.eventtime
LIMIT 200
