SELECT
  eventtime,
  eventname,
  useridentity.arn AS actor_arn,
  sourceipaddress,
  errorcode,
  coalesce(
    json_extract_scalar(requestparameters, '$.roleName'),
    json_extract_scalar(requestparameters, '$.userName'),
    json_extract_scalar(requestparameters, '$.groupName')
  ) AS target,
  json_extract_scalar(requestparameters, '$.policyArn') AS policy_arn,
  json_extract_scalar(requestparameters, '$.policyName') AS policy_name,
  eventid
FROM cloudtrail_logs
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time
  AND eventtime < :to_time
  AND eventsource = 'iam.amazonaws.com'
  AND eventname IN (
    'CreateRole', 'AttachRolePolicy', 'PutRolePolicy', 'UpdateAssumeRolePolicy', 'DeleteRolePermissionsBoundary',
    'CreateUser', 'AttachUserPolicy', 'PutUserPolicy', 'DeleteUserPermissionsBoundary', 'CreateAccessKey',
    'CreateLoginProfile', 'UpdateLoginProfile', 'AddUserToGroup', 'AttachGroupPolicy', 'PutGroupPolicy',
    'CreatePolicyVersion', 'SetDefaultPolicyVersion', 'DeactivateMFADevice', 'CreateSAMLProvider',
    'UpdateSAMLProvider', 'CreateOpenIDConnectProvider'
  )
ORDER BY eventtime, eventid
LIMIT 500
