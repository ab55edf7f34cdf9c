import { readFile } from "node:fs/promises";
import { type DeployedRole, readDeployed } from "../iam/roles/read-deployed.ts";
import { Mistake } from "./wanted-roles.ts";

/** The roles of an account as a file holds them. @throws Mistake when it is no such file */
export async function readDeployedFile(file: string): Promise<readonly DeployedRole[]> {
  const deployed = readDeployed(parse(await textOf(file), file));
  if (deployed) return deployed;
  throw new Mistake(
    `${file} is no role document: give what jit iam --format json or aws iam get-account-authorization-details prints, or one policy with --role NAME.`,
  );
}

async function textOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no reason is known";
    const make = "aws iam get-account-authorization-details --filter Role LocalManagedPolicy";
    throw new Mistake(`${file} can't be read (${code}). Make it from what is deployed: ${make} > ${file}`, {
      cause,
    });
  });
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Mistake(`${file} is not JSON.`, { cause });
  }
}
