SELECT
  eventtime,
  eventsource,
  eventname,
  awsregion,
  useridentity.arn AS actor_arn,
  sourceipaddress,
  errorcode,
  coalesce(
    json_extract_scalar(requestparameters, '$.name'),
    json_extract_scalar(requestparameters, '$.trailName'),
    json_extract_scalar(requestparameters, '$.bucketName')
  ) AS target,
  eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time
  AND eventtime < :to_time
  AND (
    (
      eventsource = 'cloudtrail.amazonaws.com'
      AND eventname IN (
        'StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'PutInsightSelectors',
        'DeleteEventDataStore', 'StopEventDataStoreIngestion'
      )
    )
    OR (
      eventsource = 's3.amazonaws.com'
      AND eventname IN ('PutBucketLifecycle', 'DeleteBucketPolicy', 'PutBucketLogging')
    )
    OR (eventsource = 'ec2.amazonaws.com' AND eventname = 'DeleteFlowLogs')
    OR (
      eventsource = 'config.amazonaws.com'
      AND eventname IN ('StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DeleteDeliveryChannel')
    )
    OR (
      eventsource = 'guardduty.amazonaws.com'
      AND eventname IN ('DeleteDetector', 'UpdateDetector', 'CreateFilter')
    )
  )
ORDER BY eventtime, eventid
LIMIT 300
