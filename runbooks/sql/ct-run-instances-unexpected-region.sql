SELECT
  eventtime,
  awsregion,
  useridentity.arn AS actor_arn,
  sourceipaddress,
  errorcode,
  coalesce(
    json_extract_scalar(requestparameters, '$.instanceType.value'),
    json_extract_scalar(requestparameters, '$.instanceType')
  ) AS instance_type,
  json_extract_scalar(requestparameters, '$.instancesSet.items[0].maxCount') AS max_count,
  json_extract_scalar(responseelements, '$.instancesSet.items[0].instanceId') AS first_instance_id,
  eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time
  AND eventtime < :to_time
  AND eventsource = 'ec2.amazonaws.com'
  AND eventname = 'RunInstances'
  AND awsregion NOT IN (:regions)
ORDER BY eventtime DESC, eventid
LIMIT 200
