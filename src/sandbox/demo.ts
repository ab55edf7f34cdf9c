import { breakGlass } from "./demo/story-break-glass.ts";
import { demoRunbooks, LAPSE_SECONDS } from "./demo/demo-runbooks.ts";
import { denial } from "./demo/story-denial.ts";
import { double } from "./demo/story-double.ts";
import { form } from "./demo/story-form.ts";
import { askAndWait, lapsed } from "./demo/story-lapse.ts";
import { narrowed } from "./demo/story-narrowed.ts";
import { noDay } from "./demo/story-no-day.ts";
import { onCall } from "./demo/story-on-call.ts";
import { personalData } from "./demo/story-personal-data.ts";
import { recipe } from "./demo/story-recipe.ts";
import { endOfAccess, rows } from "./demo/story-rows.ts";
import { spraying } from "./demo/story-spraying.ts";
import { stopped } from "./demo/story-stopped.ts";
import { strangers } from "./demo/story-strangers.ts";
import { theft } from "./demo/story-theft.ts";
import { write as writeAndTakeBack } from "./demo/story-write.ts";
import { twoSteps } from "./demo/story-two-steps.ts";
import { createTranscript } from "./demo/transcript.ts";
import { readCall } from "./read-call.ts";
import { type Sandbox, startSandbox } from "./start-sandbox.ts";

/**
 * `npm run demo [-- --json] [--http]`: plays the product's stories against the bot as it ships, prints what people
 * did, what Slack showed and what AWS allowed and refused, and ends with 1 on any deviation.
 */
const call = readCall("demo", ["json", "http"], process.argv.slice(2));
const json = "flags" in call && call.flags.has("json");
const transport = "flags" in call && call.flags.has("http") ? "http" : "socket";
const write = (text: string) => void process.stdout.write(text);
const transcript = createTranscript({ json, write });
const startedAt = Date.now();
/** The signal that asked the demo to end. */
const asked: { signal?: NodeJS.Signals } = {};

if ("refused" in call) {
  process.stderr.write(call.refused);
  process.exitCode = 1;
} else {
  await play(listenForSignals());
  // All is put away; the stories that still wait for something have nothing to wait for.
  if (asked.signal) process.kill(process.pid, asked.signal);
}

async function play(stop: Promise<void>): Promise<void> {
  if (!json)
    write(
      "Starting a local Slack, a local AWS with an orders table and a CloudTrail, a Redis and the bot …\n",
    );
  await using runbooks = await demoRunbooks();
  await using sandbox = await startSandbox({
    transport,
    runbooks: runbooks.dir,
    redisUrl: process.env["REDIS_URL"],
    path: process.env["PATH"],
  });
  if (!json) {
    write(
      `Up after ${seconds()} s. Slack by ${transport === "http" ? "signed HTTP" : "Socket Mode"}; Redis: ${sandbox.redis.describe}.\n`,
    );
  }

  await Promise.race([tell(sandbox), stop.then(() => process.stderr.write("Stopped; putting all away …\n"))]);
}

async function tell(sandbox: Sandbox): Promise<void> {
  try {
    const a = transcript.begin("a", "Request, approval, rows");
    const stuck = await rows(sandbox, a);
    const e = transcript.begin("e", "A run's credentials in the wrong hands");
    const afterTheEnd = await theft(sandbox, e, stuck);
    const g = transcript.begin("g", `Nobody answers (this request waits ${LAPSE_SECONDS} s)`);
    const ignored = await askAndWait(sandbox, g);
    await denial(sandbox, transcript.begin("b", "Denied with a reason"));
    await form(sandbox, transcript.begin("d", "A wrong input"));
    await double(sandbox, transcript.begin("f", "Double clicks and double deliveries"));
    await spraying(sandbox, transcript.begin("h", "An investigation in CloudTrail"));
    await personalData(sandbox, transcript.begin("i", "A query of one's own over personal data"));
    await stopped(sandbox, transcript.begin("j", "A query stopped while it runs"));
    await noDay(sandbox, transcript.begin("k", "A query without a day"));
    await writeAndTakeBack(sandbox, transcript.begin("l", "A write, and its way back"));
    await breakGlass(sandbox, transcript.begin("m", "Break-glass with its review"));
    await twoSteps(sandbox, transcript.begin("n", "Two steps, and the same person in both groups"));
    await onCall(sandbox, transcript.begin("o", "On call: a rule approves; then PagerDuty is down"));
    await narrowed(sandbox, transcript.begin("p", "Less is approved than was asked for"));
    await recipe(sandbox, transcript.begin("q", "A recipe: approved once, used, revoked"));
    // Last of these: it has the approvals' channel shared, and a shared channel shows no preview of rows.
    await strangers(sandbox, transcript.begin("c", "Who may not decide"));
    await lapsed(sandbox, g, ignored);
    await endOfAccess(sandbox, a, stuck);
    await afterTheEnd();
  } catch (error) {
    if (asked.signal) return;
    transcript
      .begin("!", "A story could not be told")
      .check(
        "demo",
        error instanceof Error ? error.message : String(error),
        false,
        sandbox.bot.lastLines().join("\n"),
      );
  }

  const deviations = transcript.deviations();
  process.exitCode = deviations === 0 ? 0 : 1;
  if (!json) {
    write(
      `\n${transcript.steps()} steps in ${seconds()} s, ${deviations === 0 ? "all as told" : `${deviations} deviation(s)`}.\n`,
    );
  }
}

/** Resolves when somebody wants the demo to end. */
function listenForSignals(): Promise<void> {
  return new Promise((done) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      process.once(name, () => {
        asked.signal = name;
        done();
      });
    }
  });
}

function seconds(): string {
  return ((Date.now() - startedAt) / 1000).toFixed(1);
}
