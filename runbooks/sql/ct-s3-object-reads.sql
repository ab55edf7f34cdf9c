SELECT
  coalesce(
    useridentity.arn,
    nullif(useridentity.principalid, ''),
    nullif(useridentity.accountid, ''),
    'anonymous'
  ) AS principal,
  sourceipaddress,
  eventname,
  count(*) AS requests,
  count_if(errorcode IS NOT NULL) AS errors,
  count(DISTINCT json_extract_scalar(requestparameters, '$.key')) AS distinct_keys,
  sum(TRY_CAST(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) AS bytes_out,
  min(eventtime) AS first_seen,
  max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time
  AND eventtime < :to_time
  AND eventsource = 's3.amazonaws.com'
  AND json_extract_scalar(requestparameters, '$.bucketName') = :bucket
  AND eventname IN ('GetObject', 'HeadObject', 'CopyObject', 'SelectObjectContent', 'ListObjects', 'ListObjectsV2')
GROUP BY 1, 2, 3
ORDER BY requests DESC, principal, eventname
LIMIT 200
