import { createPolicyChecks, type PolicyChecks } from "../aws/access-analyzer.ts";
import { readTableConfig } from "../config.ts";
import type { DeployedRole } from "../iam/roles/read-deployed.ts";
import type { RoleDocument } from "../iam/roles/role-document.ts";
import { loadCatalogue } from "../runbook/load-catalogue.ts";
import { checkSessionPolicies } from "../workflow/check-session-policies.ts";
import { type Command, type Io, runbooksDir } from "./command.ts";
import { readDeployedFile } from "./deployed-file.ts";
import { readFlagValues } from "./flag-values.ts";
import { asOneDocument, policiesOfRoles, type PolicyText, sessionPolicies } from "./verify/policy-texts.ts";
import { complaints, roleFlags, wantedRoles } from "./wanted-roles.ts";

/** Nothing could be asked: neither good nor bad. */
const NO_ACCOUNT = 3;

export const verify: Command = {
  name: "verify",
  usage:
    "verify --aws [dir] [--against FILE] [--account ID] [--external-id X] [--bot ARN] [--runs-on SERVICE] [--revoker ARN]",
  summary:
    "Have AWS check every policy of the runbooks (IAM Access Analyzer), and that roles allow nothing that deployed ones do not (--against). Exit 3: no account at hand.",
  async run(args, io) {
    const call = readFlagValues(args, { valued: [...roleFlags, "--against"], plain: ["--aws"], words: 1 });
    if (!call?.flags.has("--aws")) {
      io.err(`Usage: jit ${verify.usage}`);
      return 2;
    }
    try {
      const dir = call.words[0] ?? runbooksDir(io);
      const { catalogue } = await loadCatalogue(dir, { checks: checkSessionPolicies });
      const roles = wantedRoles(catalogue, call.values, io);
      const file = call.values["--against"];
      const deployed = file === undefined ? undefined : await readDeployedFile(file);
      const [{ target } = { target: undefined }] = catalogue.dataSources.values();
      const { region, awsEndpoint } = readTableConfig({
        ...(target && { AWS_REGION: target.region }),
        ...io.env,
      });
      using checks = createPolicyChecks({ region, ...(awsEndpoint ? { endpoint: awsEndpoint } : {}) });
      const texts = [...policiesOfRoles(roles), ...sessionPolicies(catalogue)];
      const isValid = await validateAll(checks, texts, io);
      return (await nothingNew(checks, roles, deployed, io)) && isValid ? 0 : 1;
    } catch (error) {
      const missing = whyNoAccount(error);
      if (missing === undefined) {
        for (const line of isOfAws(error)
          ? [`error AWS: ${error.name}: ${error.message}`]
          : complaints(error))
          io.err(line);
        return 1;
      }
      io.err(`Nothing more was checked by AWS, and nothing is known to be wrong: ${missing}`);
      io.err("jit lint and jit test check the same policies without an account, by our own reading of IAM.");
      return NO_ACCOUNT;
    }
  },
};

async function validateAll(checks: PolicyChecks, texts: readonly PolicyText[], io: Io): Promise<boolean> {
  let failures = 0;
  for (const { of, kind, text } of texts)
    for (const { type, code, says } of await checks.validate(text, kind)) {
      if (type === "ERROR" || type === "SECURITY_WARNING") failures += 1;
      io.out(`${type.padEnd(16)}  ${of}: ${says} (${code})`);
    }
  io.out(`${texts.length} policies were validated, ${failures} error(s) and security warning(s).`);
  return failures === 0;
}

async function nothingNew(
  checks: PolicyChecks,
  roles: readonly RoleDocument[],
  deployed: readonly DeployedRole[] | undefined,
  io: Io,
): Promise<boolean> {
  if (!deployed) {
    io.out("Whether the roles allow anything new was not asked: there is no --against FILE to compare with.");
    return true;
  }
  let failures = 0;
  for (const role of roles) {
    const existing = deployed.find(({ arn }) => arn === role.arn);
    const { pass, reasons } = existing
      ? await checks.noNewAccess(asOneDocument(role), asOneDocument(existing))
      : { pass: false, reasons: ["it is not in the file, so all of it is new"] };
    if (!pass) failures += 1;
    io.out(`${pass ? "nothing new" : "NEW ACCESS "}  ${role.arn}${pass ? "" : `: ${reasons.join("; ")}`}`);
  }
  io.out(`${roles.length} roles were compared, ${failures} of them allow more than the file.`);
  return failures === 0;
}

/** Errors by which AWS, or the SDK before it, says that there is nobody to ask as. */
const nobody: Readonly<Record<string, string>> = {
  CredentialsProviderError: "there are no AWS credentials.",
  MissingAuthenticationTokenException: "there are no AWS credentials.",
  UnrecognizedClientException: "AWS does not know the credentials.",
  InvalidClientTokenId: "AWS does not know the credentials.",
  InvalidSignatureException: "AWS does not take the credentials.",
  ExpiredTokenException: "the credentials have expired.",
  AccessDeniedException:
    "the credentials may not ask: they need access-analyzer:ValidatePolicy, and access-analyzer:CheckNoNewAccess with --against.",
};

/** What a socket says when nobody is there. */
const unreachable = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT"]);

function whyNoAccount(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const isAway =
    error.name === "TimeoutError" ||
    ("code" in error && typeof error.code === "string" && unreachable.has(error.code));
  if (isAway) return "AWS can't be reached.";
  return Object.hasOwn(nobody, error.name) ? nobody[error.name] : undefined;
}

/** Every error that AWS answered with carries what the answer was. */
function isOfAws(error: unknown): error is Error {
  return error instanceof Error && "$metadata" in error;
}
