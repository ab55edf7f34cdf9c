/**
 * Loaded into the bot's process before its own code (`node --import`): whoever started it holds the other end of its
 * standard input, so its end means that the sandbox is gone, however it went: its Slack, AWS and Redis with it, so there is nothing to end in order.
 */
process.stdin.once("close", () => process.kill(process.pid, "SIGKILL"));
process.stdin.resume();
// The bot's own end is not to wait for its parent's. The type knows a terminal; here it is a pipe, which is a socket.
process.stdin.unref();
