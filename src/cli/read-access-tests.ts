import { RunbookError } from "../errors.ts";
import { type AccessTest, accessTestsSchema } from "../runbook/access-test-file.ts";
import { accessTestFile, readOptionalFile } from "../runbook/runbook-files.ts";
import { type ReadYamlFile, readYamlFile } from "../runbook/yaml-file.ts";

/**
 * `access.test.yml` of the directory; nothing where there is none.
 *
 * @throws RunbookError when the file is wrong.
 */
export async function readAccessTests(
  dir: string,
): Promise<ReadYamlFile<{ tests: AccessTest[] }> | undefined> {
  const bytes = await readOptionalFile(dir, accessTestFile);
  if (!bytes) return undefined;
  const file = bytes.status === "read" ? readYamlFile(bytes.path, bytes.bytes, accessTestsSchema) : bytes;
  if (file.status === "refused") throw new RunbookError(file.problems);
  return file;
}
