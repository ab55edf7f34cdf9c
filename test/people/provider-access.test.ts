import { describe, expect, test } from "vitest";
import { opsgenieSchedules } from "../../src/people/opsgenie.ts";
import { pagerDutySchedules } from "../../src/people/pagerduty.ts";
import { originOf } from "../../src/people/provider-access.ts";

const provider = {
  name: "PagerDuty",
  origins: { us: "https://us.example.com", eu: "https://eu.example.com" },
};

describe("where a provider's token may go", () => {
  test("is the provider's own host of the account's region", () => {
    expect(originOf(provider, { token: "t" })).toBe("https://us.example.com");
    expect(originOf(provider, { token: "t", region: "eu" })).toBe("https://eu.example.com");
  });

  test.each([
    "https://proxy.example.com",
    "https://proxy.example.com:8443",
    "http://127.0.0.1:8080",
    "http://[::1]:1",
  ])("is %s when the deployment says so", (endpoint) => {
    expect(originOf(provider, { token: "t", endpoint })).toBe(endpoint);
  });

  test.each([
    "http://api.pagerduty.com",
    "http://192.0.2.1",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "https://user:secret@example.com",
    "https://example.com/path",
    "https://example.com/?a=b",
    "ftp://example.com",
    "file:///etc/passwd",
    "api.pagerduty.com",
    "",
  ])("is never %s", (endpoint) => {
    expect(() => pagerDutySchedules({ token: "t", endpoint })).toThrow(/endpoint must be an https origin/);
  });

  test.each(["", "a b", "line\r\nx-injected: 1", "tökén", "x".repeat(600)])(
    "a token that no header carries (%j) is refused at once and not repeated",
    (token) => {
      expect(() => opsgenieSchedules({ token })).toThrow(
        /The Opsgenie token must be 1 to 512 visible ASCII characters\.$/,
      );
    },
  );
});
