import { AwsError } from "./aws-error.ts";
import type { Played } from "./faults.ts";

/** The error that a fault answers with, under the service's own name for it; none for faults of the connection. */
export function faultError(service: string, effect: Played["effect"]): AwsError | undefined {
  switch (effect?.kind) {
    case "throttle":
      return new AwsError(service === "sts" ? "Throttling" : "ThrottlingException", "Rate exceeded");
    case "internal":
      if (service === "athena") {
        return new AwsError("InternalServerException", "Internal server error", { status: 500 });
      }
      return service === "sts"
        ? new AwsError("InternalFailure", "Internal failure", { status: 500 })
        : new AwsError("InternalServerError", "Internal server error", { status: 500 });
    case "error":
      return new AwsError(effect.code, effect.message ?? "", { status: effect.status ?? 400 });
    case "reset":
    case "hang":
    case undefined:
      return undefined;
  }
}
