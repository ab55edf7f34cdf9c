SELECT
  eventtime,
  eventname,
  awsregion,
  useridentity.arn AS actor_arn,
  sourceipaddress,
  errorcode,
  json_extract_scalar(requestparameters, '$.groupId') AS group_id,
  coalesce(
    json_extract_scalar(requestparameters, '$.ipPermissions.items[0].fromPort'),
    json_extract_scalar(requestparameters, '$.fromPort')
  ) AS from_port,
  coalesce(
    json_extract_scalar(requestparameters, '$.ipPermissions.items[0].toPort'),
    json_extract_scalar(requestparameters, '$.toPort')
  ) AS to_port,
  coalesce(
    json_extract_scalar(requestparameters, '$.ipPermissions.items[0].ipRanges.items[0].cidrIp'),
    json_extract_scalar(requestparameters, '$.cidrIp')
  ) AS first_cidr,
  regexp_like(requestparameters, '"cidrIp(v6)?":"[^"]*/0"') AS open_to_world,
  eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time
  AND eventtime < :to_time
  AND eventsource = 'ec2.amazonaws.com'
  AND eventname IN (
    'AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupIngress',
    'RevokeSecurityGroupEgress', 'CreateSecurityGroup', 'DeleteSecurityGroup', 'ModifySecurityGroupRules'
  )
ORDER BY eventtime DESC, eventid
LIMIT 300
