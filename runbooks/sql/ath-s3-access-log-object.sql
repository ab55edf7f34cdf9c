SELECT
  parse_datetime(requestdatetime, 'dd/MMM/yyyy:HH:mm:ss Z') AS request_time,
  requester,
  remoteip,
  operation,
  key,
  httpstatus,
  errorcode,
  bytessent,
  useragent
FROM s3_access_logs
WHERE "timestamp" BETWEEN :day_from AND :day_to
  AND key = :object_key
ORDER BY 1 DESC
LIMIT 300
