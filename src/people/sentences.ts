/** Why an answer is unavailable, as clauses that a card can carry. Names of schedules and groups come from the deployment's own files. */
export const why = {
  late: (peer: string, timeoutMs: number) => `${peer} did not answer within ${timeoutMs / 1000} s`,
  unreachable: (peer: string) => `${peer} could not be reached`,
  tokenRefused: (peer: string) => `${peer} does not accept this bot's token`,
  forbidden: (peer: string) => `${peer} does not let this bot's token read that`,
  limited: (peer: string) => `${peer} takes no more questions for now (rate limit)`,
  failing: (peer: string, status: number) => `${peer} has a fault (HTTP ${status})`,
  unexpected: (peer: string, status: number) => `${peer} gave an unexpected answer (HTTP ${status})`,
  redirected: (peer: string) => `${peer} answered with a redirect, which is not followed`,
  tooLarge: (peer: string) => `${peer} gave an answer that is too large`,
  notJson: (peer: string) => `${peer} gave an answer that is not JSON`,
  wrongShape: (peer: string) => `${peer} gave an answer of an unknown form`,
  tooMany: (peer: string) => `${peer} names more people than are read`,
  notSetUp: (peer: string) => `${peer} is not set up for this bot`,

  noSchedule: (peer: string, schedule: string) => `${peer} has no schedule "${schedule}"`,
  notAScheduleId: (peer: string, schedule: string) => `"${schedule}" is no ${peer} schedule`,
  otherSchedule: (peer: string, schedule: string) =>
    `${peer} answered about another schedule than "${schedule}"`,
  switchedOff: (peer: string, schedule: string) => `${peer} has schedule "${schedule}" switched off`,
  noEscalationPolicy: (schedule: string) =>
    `PagerDuty schedule "${schedule}" is in no escalation policy, so it puts nobody on call`,
  escalationPolicyUnused: "Opsgenie schedules are asked for without an escalation policy",
  noTime: "the time asked about is not a time",

  noUserGroup: (group: string) => `Slack has no user group "${group}"`,
  missingScope: (scope: string) => `Slack does not let this bot look there (scope ${scope} is missing)`,
  slackRefused: "Slack refused the question",
  noPerson: "Slack does not know that person",
  noProfileField: (field: string) => `Slack profiles have no field "${field}" that names a person`,
  editableField: (field: string) =>
    `people may edit the Slack profile field "${field}" themselves, so it names nobody's manager`,
  ownManager: "the directory names that person as their own manager",
} as const;
