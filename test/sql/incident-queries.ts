/** Queries of incident runbooks, as their authors write them: holes are `:name`. */
export const incidentQueries: readonly (readonly [name: string, sql: string])[] = [
  [
    "ath-vpc-flow-rejected",
    String.raw`SELECT interface_id, srcaddr, dstaddr, dstport, protocol, count(*) AS flows, sum(packets) AS packets,
  from_unixtime(min(start)) AS first_seen, from_unixtime(max("end")) AS last_seen
FROM vpc_flow_logs
WHERE day BETWEEN :day_from AND :day_to
  AND action = 'REJECT'
  AND (srcaddr = :ip OR dstaddr = :ip)
GROUP BY 1, 2, 3, 4, 5
ORDER BY flows DESC
LIMIT 200`,
  ],
  [
    "ct-access-denied-spike",
    String.raw`SELECT * FROM (
  SELECT useridentity.arn AS principal_arn, substr(eventtime, 1, 13) AS hour_utc, count(*) AS denied,
    count(DISTINCT eventname) AS distinct_actions, count(DISTINCT eventsource) AS services,
    array_join(array_agg(DISTINCT sourceipaddress), ', ') AS source_ips, max_by(errormessage, eventtime) AS last_message
  FROM cloudtrail_logs
  WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
    AND (errorcode IN ('AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation', 'UnauthorizedOperation', 'Client.OperationNotPermitted'))
  GROUP BY 1, 2
) t
WHERE denied >= :min_denied
ORDER BY denied DESC
LIMIT 200`,
  ],
  [
    "ct-assume-role-chain",
    String.raw`WITH hops AS (
  SELECT eventtime, useridentity.accesskeyid AS caller_key, useridentity.arn AS caller_arn, sourceipaddress,
    json_extract_scalar(requestparameters, '$.roleArn') AS role_arn,
    json_extract_scalar(requestparameters, '$.roleSessionName') AS session_name,
    json_extract_scalar(responseelements, '$.credentials.accessKeyId') AS issued_key, recipientaccountid, eventid
  FROM cloudtrail_logs
  WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
    AND eventsource = 'sts.amazonaws.com'
    AND eventname IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'GetSessionToken', 'GetFederationToken')
    AND errorcode IS NULL
)
SELECT h1.eventtime AS hop1_time, h1.caller_arn, h1.role_arn AS hop1_role, h1.session_name AS hop1_session, h1.issued_key AS hop1_key,
  h2.eventtime AS hop2_time, h2.role_arn AS hop2_role, h2.issued_key AS hop2_key,
  h3.eventtime AS hop3_time, h3.role_arn AS hop3_role, h3.issued_key AS hop3_key
FROM hops h1
LEFT JOIN hops h2 ON h2.caller_key = h1.issued_key
LEFT JOIN hops h3 ON h3.caller_key = h2.issued_key
WHERE h1.caller_key = :start_access_key
ORDER BY h1.eventtime
LIMIT 200`,
  ],
  [
    "ct-athena-usage",
    String.raw`SELECT useridentity.arn AS principal_arn, json_extract_scalar(requestparameters, '$.workGroup') AS work_group,
  count(*) AS queries, count_if(errorcode IS NOT NULL) AS errors, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'athena.amazonaws.com' AND eventname = 'StartQueryExecution'
GROUP BY 1, 2
ORDER BY queries DESC
LIMIT 200`,
  ],
  [
    "ct-console-login-failures",
    String.raw`SELECT * FROM (
  SELECT sourceipaddress, useridentity.type AS identity_type, useridentity.username AS username,
    coalesce(errormessage, json_extract_scalar(responseelements, '$.ConsoleLogin')) AS reason,
    json_extract_scalar(additionaleventdata, '$.MFAUsed') AS mfa_used,
    count(*) AS failures, min(eventtime) AS first_seen, max(eventtime) AS last_seen
  FROM cloudtrail_logs
  WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
    AND eventsource = 'signin.amazonaws.com' AND eventname = 'ConsoleLogin'
    AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure'
  GROUP BY 1, 2, 3, 4, 5
) t
WHERE failures >= :min_failures
ORDER BY failures DESC
LIMIT 200`,
  ],
  [
    "ct-console-login-without-mfa",
    String.raw`SELECT eventtime, useridentity.type AS identity_type, useridentity.arn AS principal_arn, sourceipaddress, useragent, awsregion, eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'signin.amazonaws.com' AND eventname = 'ConsoleLogin'
  AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success'
  AND json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'No'
  AND useridentity.type IN ('IAMUser', 'Root')
ORDER BY eventtime DESC
LIMIT 500`,
  ],
  [
    "ct-dynamodb-drift",
    String.raw`SELECT useridentity.sessioncontext.sessionissuer.arn AS role_arn, useridentity.arn AS session_arn, eventname,
  json_extract_scalar(requestparameters, '$.indexName') AS index_name,
  json_extract_scalar(requestparameters, '$.keyConditionExpression') AS key_condition,
  json_extract_scalar(requestparameters, '$.filterExpression') AS filter_expression,
  json_extract_scalar(requestparameters, '$.projectionExpression') AS projection,
  json_extract_scalar(requestparameters, '$.updateExpression') AS update_expression,
  count(*) AS calls, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
CROSS JOIN UNNEST(resources) AS u (r)
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'dynamodb.amazonaws.com' AND eventcategory = 'Data'
  AND r.arn = :table_arn
  AND useridentity.type IN ('IAMUser', 'AssumedRole', 'FederatedUser')
  AND coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn) <> :worker_role_arn
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY calls DESC
LIMIT 200`,
  ],
  [
    "ct-iam-privilege-escalation",
    String.raw`SELECT eventtime, eventname, useridentity.arn AS actor_arn, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.roleName'), json_extract_scalar(requestparameters, '$.userName'), json_extract_scalar(requestparameters, '$.groupName')) AS target,
  json_extract_scalar(requestparameters, '$.policyArn') AS policy_arn,
  json_extract_scalar(requestparameters, '$.policyName') AS policy_name, eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateRole', 'AttachRolePolicy', 'PutRolePolicy', 'UpdateAssumeRolePolicy', 'DeleteRolePermissionsBoundary',
    'CreateUser', 'AttachUserPolicy', 'PutUserPolicy', 'CreateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile', 'AddUserToGroup',
    'AttachGroupPolicy', 'PutGroupPolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion', 'DeactivateMFADevice',
    'CreateSAMLProvider', 'UpdateSAMLProvider', 'CreateOpenIDConnectProvider')
ORDER BY eventtime
LIMIT 500`,
  ],
  [
    "ct-kms-key-deletion",
    String.raw`SELECT eventtime, eventname, awsregion, useridentity.arn AS actor_arn, sourceipaddress, errorcode,
  json_extract_scalar(requestparameters, '$.keyId') AS key_id,
  json_extract_scalar(requestparameters, '$.pendingWindowInDays') AS pending_window_days,
  json_extract_scalar(responseelements, '$.deletionDate') AS deletion_date, eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'kms.amazonaws.com'
  AND eventname IN ('ScheduleKeyDeletion', 'CancelKeyDeletion', 'DisableKey', 'PutKeyPolicy', 'DeleteImportedKeyMaterial', 'RevokeGrant')
ORDER BY eventtime DESC
LIMIT 200`,
  ],
  [
    "ct-lambda-invoke-errors",
    String.raw`SELECT r.arn AS function_arn, eventname, errorcode, useridentity.arn AS caller_arn, count(*) AS errors, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
LEFT JOIN UNNEST(resources) AS u (r) ON true
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'lambda.amazonaws.com'
  AND errorcode IS NOT NULL
GROUP BY 1, 2, 3, 4
ORDER BY errors DESC
LIMIT 200`,
  ],
  [
    "ct-principal-summary",
    String.raw`SELECT eventsource, eventname, count(*) AS calls, count_if(errorcode IS NOT NULL) AS errors,
  count(DISTINCT sourceipaddress) AS source_ips, count(DISTINCT useragent) AS user_agents,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND CASE :identifier_type
        WHEN 'access_key' THEN useridentity.accesskeyid
        WHEN 'principal_arn' THEN useridentity.arn
        WHEN 'role_arn' THEN useridentity.sessioncontext.sessionissuer.arn
        WHEN 'username' THEN useridentity.username
        WHEN 'source_ip' THEN sourceipaddress
      END = :identifier
GROUP BY eventsource, eventname
ORDER BY calls DESC
LIMIT 300`,
  ],
  [
    "ct-principal-timeline",
    String.raw`SELECT eventtime, eventsource, eventname, awsregion, errorcode, sourceipaddress,
  json_extract_scalar(requestparameters, '$.roleArn') AS role_arn,
  json_extract_scalar(requestparameters, '$.bucketName') AS bucket, readonly, eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND CASE :identifier_type
        WHEN 'access_key' THEN useridentity.accesskeyid
        WHEN 'principal_arn' THEN useridentity.arn
        WHEN 'role_arn' THEN useridentity.sessioncontext.sessionissuer.arn
        WHEN 'username' THEN useridentity.username
        WHEN 'source_ip' THEN sourceipaddress
      END = :identifier
  AND (:mutating_only = 'false' OR coalesce(readonly, 'false') = 'false')
ORDER BY eventtime
LIMIT 1000`,
  ],
  [
    "ct-root-activity",
    String.raw`SELECT eventtime, eventsource, eventname, awsregion, sourceipaddress, useragent, errorcode,
  useridentity.accesskeyid AS access_key_id, readonly, eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND useridentity.type = 'Root'
  AND useridentity.invokedby IS NULL
  AND eventtype <> 'AwsServiceEvent'
ORDER BY eventtime DESC
LIMIT 500`,
  ],
  [
    "ct-run-instances-unexpected-region",
    String.raw`SELECT eventtime, awsregion, useridentity.arn AS actor_arn, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.instanceType.value'), json_extract_scalar(requestparameters, '$.instanceType')) AS instance_type,
  json_extract_scalar(requestparameters, '$.instancesSet.items[0].maxCount') AS max_count,
  json_extract_scalar(responseelements, '$.instancesSet.items[0].instanceId') AS first_instance_id, eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'ec2.amazonaws.com' AND eventname = 'RunInstances'
  AND awsregion NOT IN (:r1)
ORDER BY eventtime DESC
LIMIT 200`,
  ],
  [
    "ct-s3-object-reads",
    String.raw`SELECT coalesce(useridentity.arn, useridentity.principalid, useridentity.accountid, 'anonymous') AS principal, sourceipaddress, eventname, count(*) AS requests, count_if(errorcode IS NOT NULL) AS errors,
  count(DISTINCT json_extract_scalar(requestparameters, '$.key')) AS distinct_keys,
  sum(try_cast(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) AS bytes_out,
  min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 's3.amazonaws.com'
  AND json_extract_scalar(requestparameters, '$.bucketName') = :bucket
  AND eventname IN ('GetObject', 'HeadObject', 'CopyObject', 'SelectObjectContent', 'ListObjects', 'ListObjectsV2')
GROUP BY 1, 2, 3
ORDER BY requests DESC
LIMIT 200`,
  ],
  [
    "ct-secrets-access",
    String.raw`SELECT * FROM (
  SELECT useridentity.arn AS principal_arn, sourceipaddress, eventsource, eventname,
    count(*) AS reads, count_if(errorcode IS NOT NULL) AS errors,
    count(DISTINCT coalesce(json_extract_scalar(requestparameters, '$.secretId'), json_extract_scalar(requestparameters, '$.name'), json_extract_scalar(requestparameters, '$.names[0]'))) AS distinct_secrets,
    min(eventtime) AS first_seen, max(eventtime) AS last_seen
  FROM cloudtrail_logs
  WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
    AND ((eventsource = 'secretsmanager.amazonaws.com' AND eventname IN ('GetSecretValue', 'BatchGetSecretValue'))
      OR (eventsource = 'ssm.amazonaws.com' AND eventname IN ('GetParameter', 'GetParameters', 'GetParametersByPath')))
  GROUP BY 1, 2, 3, 4
) t
WHERE distinct_secrets >= :min_secrets
ORDER BY distinct_secrets DESC
LIMIT 200`,
  ],
  [
    "ct-security-group-changes",
    String.raw`SELECT eventtime, eventname, awsregion, useridentity.arn AS actor_arn, sourceipaddress, errorcode,
  json_extract_scalar(requestparameters, '$.groupId') AS group_id,
  coalesce(json_extract_scalar(requestparameters, '$.ipPermissions.items[0].fromPort'), json_extract_scalar(requestparameters, '$.fromPort')) AS from_port,
  coalesce(json_extract_scalar(requestparameters, '$.ipPermissions.items[0].toPort'), json_extract_scalar(requestparameters, '$.toPort')) AS to_port,
  coalesce(json_extract_scalar(requestparameters, '$.ipPermissions.items[0].ipRanges.items[0].cidrIp'), json_extract_scalar(requestparameters, '$.cidrIp')) AS first_cidr,
  regexp_like(requestparameters, '"cidrIp(v6)?":"[^"]*/0"') AS open_to_world, eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupIngress', 'RevokeSecurityGroupEgress',
    'CreateSecurityGroup', 'DeleteSecurityGroup', 'ModifySecurityGroupRules')
ORDER BY eventtime DESC
LIMIT 300`,
  ],
  [
    "ct-trail-tampering",
    String.raw`SELECT eventtime, eventsource, eventname, awsregion, useridentity.arn AS actor_arn, sourceipaddress, errorcode,
  coalesce(json_extract_scalar(requestparameters, '$.name'), json_extract_scalar(requestparameters, '$.trailName'), json_extract_scalar(requestparameters, '$.bucketName')) AS target, eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND ((eventsource = 'cloudtrail.amazonaws.com' AND eventname IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'PutInsightSelectors', 'DeleteEventDataStore', 'StopEventDataStoreIngestion'))
    OR (eventsource = 's3.amazonaws.com' AND eventname IN ('PutBucketLifecycle', 'DeleteBucketPolicy', 'PutBucketLogging'))
    OR (eventsource = 'ec2.amazonaws.com' AND eventname = 'DeleteFlowLogs')
    OR (eventsource = 'config.amazonaws.com' AND eventname IN ('StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DeleteDeliveryChannel'))
    OR (eventsource = 'guardduty.amazonaws.com' AND eventname IN ('DeleteDetector', 'UpdateDetector', 'CreateFilter')))
ORDER BY eventtime
LIMIT 300`,
  ],
];
