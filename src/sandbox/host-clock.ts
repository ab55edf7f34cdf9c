import { isMainThread } from "node:worker_threads";

/**
 * Loaded into the bot's process before its own code (`node --import`): the clock of the host that it runs on, which the
 * sandbox sets ahead. `?aheadMs=` is where it starts; each line of standard input is where it stands from then on. As when a
 * real host's clock is set, timers go on as they were.
 */
const machine = Date;
let aheadMs = Number(new URL(import.meta.url).searchParams.get("aheadMs"));
const now = () => machine.now() + aheadMs;

globalThis.Date = new Proxy(machine, {
  construct: (target, given: unknown[], called) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, called) as Date,
  apply: () => new machine(now()).toString(),
  get: (target, name) => (name === "now" ? now : (Reflect.get(target, name) as unknown)),
});

if (isMainThread) {
  process.stdin.setEncoding("utf8").on("data", (lines: string) => {
    aheadMs = Number(lines.trimEnd().split("\n").at(-1));
  });
}
