SELECT useridentity.sessioncontext.sessionissuer.arn AS role_arn, useridentity.arn AS session_arn, eventname,
  json_extract_scalar(requestparameters, '$.indexName') AS index_name,
  json_extract_scalar(requestparameters, '$.keyConditionExpression') AS key_condition,
  json_extract_scalar(requestparameters, '$.filterExpression') AS filter_expression,
  json_extract_scalar(requestparameters, '$.projectionExpression') AS projection,
  json_extract_scalar(requestparameters, '$.updateExpression') AS update_expression,
  count(*) AS calls, min(eventtime) AS first_seen, max(eventtime) AS last_seen
FROM cloudtrail_logs
CROSS JOIN UNNEST(resources) AS r
WHERE account = :account
  AND day BETWEEN :day_from AND :day_to
  AND eventtime >= :from_time AND eventtime < :to_time
  AND eventsource = 'dynamodb.amazonaws.com' AND eventcategory = 'Data'
  AND r.arn = :table_arn
  AND useridentity.type IN ('IAMUser', 'AssumedRole', 'FederatedUser')
  AND coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn) <> :worker_role_arn
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY calls DESC
LIMIT 200
