/** A call of Slack's Web API that ends with this error code, thrown as its client does. */
export function slackRefuses(code: string): () => Promise<never> {
  return async () => {
    throw Object.assign(new Error("An API error occurred"), { data: { ok: false, error: code } });
  };
}
