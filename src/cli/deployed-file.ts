import { readFile } from "node:fs/promises";
import { type DeployedRole, readDeployed } from "../iam/roles/read-deployed.ts";
import { Mistake } from "./wanted-roles.ts";

/** The roles of an account as a file holds them. @throws Mistake when it is no such file */
export async function readDeployedFile(file: string): Promise<readonly DeployedRole[]> {
  const deployed = readDeployed(parse(await readFile(file, "utf8"), file));
  if (deployed) return deployed;
  throw new Mistake(
    `${file} is no role document: give what jit iam --format json or aws iam get-account-authorization-details prints, or one policy with --role NAME.`,
  );
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Mistake(`${file} is not JSON.`, { cause });
  }
}
