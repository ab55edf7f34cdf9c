import { AwsError } from "./aws-error.ts";
import type { Service, ServiceCall } from "./service.ts";
import type { Refusal } from "./sigv4.ts";
import { readQuery } from "./sts-request.ts";
import { toXml, type XmlContent } from "./xml.ts";

/** A service that speaks AWS's query protocol: a form of parameters in, XML out. `perform` answers the content of the result, or nothing. */
export function queryService(
  { name, namespace, version }: { name: Service["name"]; namespace: string; version: string },
  perform: (call: ServiceCall) => XmlContent | undefined,
): Service {
  const document = (root: string, content: { [element: string]: XmlContent | undefined }): string =>
    `<${root} xmlns="${namespace}">${toXml(content)}</${root}>`;
  return {
    name,
    read: ({ body }) => {
      const parameters = readQuery(body);
      const { Action, Version } = parameters;
      if (typeof Action !== "string")
        throw new AwsError("MissingAction", "The request is missing an action.");
      if (Version !== version) throw new AwsError("InvalidAction", `Unknown version ${String(Version)}`);
      return { operation: Action, parameters };
    },
    refusal: (refusal, message) => {
      const [code, status] = refusalCodes[refusal];
      return new AwsError(code, message, { status });
    },
    perform: async (call) => perform(call),
    succeed: (operation, result, requestId) => ({
      status: 200,
      contentType: "text/xml",
      body: document(`${operation}Response`, {
        ...(result === undefined ? {} : { [`${operation}Result`]: result as XmlContent }),
        ResponseMetadata: { RequestId: requestId },
      }),
    }),
    fail: ({ status, code, message }, requestId) => ({
      status,
      contentType: "text/xml",
      body: document("ErrorResponse", {
        Error: { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message },
        RequestId: requestId,
      }),
    }),
  };
}

const refusalCodes: Record<Refusal, [code: string, status: number]> = {
  missing: ["MissingAuthenticationToken", 403],
  incomplete: ["IncompleteSignature", 403],
  "unknown-key": ["InvalidClientTokenId", 403],
  mismatch: ["SignatureDoesNotMatch", 403],
  expired: ["ExpiredToken", 403],
};
