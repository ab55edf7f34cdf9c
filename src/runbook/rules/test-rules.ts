import type { Runbook } from "../runbook.ts";
import type { Finding, Rule } from "./rule.ts";

export const testRules: readonly Rule[] = [
  {
    id: "TST01",
    severity: "error",
    says: "Tests accept at least one set of inputs with its exact requests, refuse a value for every constrained string, and give every optional parameter once.",
    check: ({ runbook }) => coverage(runbook),
  },
  {
    id: "TST02",
    severity: "error",
    says: "Tests hold nothing real: accounts are 111122223333, mail is at example.com, addresses are of RFC 5737, no access keys.",
    check: ({ runbook: { tests } }) =>
      tests.flatMap((test, at) => {
        const real = realThing(JSON.stringify(test));
        return real ? [{ path: ["tests", at], message: `it seems to hold ${real}` }] : [];
      }),
  },
];

function coverage({ tests, parameters: { properties, required = [] } }: Runbook): Finding[] {
  const path = ["tests"];
  const accepted = tests.filter(({ expect }) => expect.valid);
  const refused = new Set(tests.flatMap(({ expect }) => (expect.valid ? [] : (expect.errors ?? []))));
  const given = new Set(accepted.flatMap(({ given: { parameters } }) => Object.keys(parameters)));
  const named = Object.entries(properties);
  return [
    ...(accepted.some(({ expect }) => expect.requests)
      ? []
      : [{ path, message: "no test accepts inputs and says the requests they make" }]),
    ...named
      .filter(([name, { type }]) => type === "string" && !refused.has(name))
      .map(([name]) => ({ path, message: `no test refuses a value of "${name}"` })),
    ...named
      .filter(([name]) => !required.includes(name) && !given.has(name))
      .map(([name]) => ({ path, message: `no test gives "${name}"` })),
  ];
}

function realThing(text: string): string | undefined {
  if ((text.match(/\b\d{12}\b/g) ?? []).some((account) => account !== "111122223333"))
    return "a real account id";
  if (/\b(AKIA|ASIA)[A-Z0-9]{12,}/.test(text)) return "an access key";
  if (/@(?!example\.(com|org|net)\b)[\w-]+\.\w+/.test(text)) return "a real e-mail address";
  const addresses = text.match(/\b\d{1,3}(\.\d{1,3}){3}\b/g) ?? [];
  if (addresses.some((address) => !/^(192\.0\.2|198\.51\.100|203\.0\.113)\./.test(address)))
    return "a real address";
  return undefined;
}
