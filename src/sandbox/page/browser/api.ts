import type { LiveChange } from "../page-api.ts";

/** Talking to the page's server. The token came behind the `#` of the printed address and is kept for this origin. */

const kept = "sandbox-token";

/** Takes the token out of the address, so that it stands in no history and no bookmark. */
export function takeToken(): boolean {
  const given = /token=([\w-]+)/.exec(location.hash)?.[1];
  if (given) {
    localStorage.setItem(kept, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return localStorage.getItem(kept) !== null;
}

/** The server said no, in its words. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  const answer = await call(`${path}?${new URLSearchParams(query)}`);
  return (await answer.json()) as T;
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  const answer = await call(path, { method: "POST", body: JSON.stringify(body) });
  return (await answer.json()) as T;
}

export async function download(path: string, name: string): Promise<void> {
  const answer = await call(path);
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Calls `onChange` after every change, and `onState` when the connection comes or goes; connects again by itself. */
export async function listen(
  onChange: (change: LiveChange) => void,
  onState: (connected: boolean) => void,
): Promise<never> {
  for (;;) {
    try {
      const answer = await call("/api/live");
      onState(true);
      onChange({ changed: ["slack", "aws", "controls"] });
      for await (const line of linesOf(answer)) {
        if (line.startsWith("data: ")) onChange(JSON.parse(line.slice("data: ".length)) as LiveChange);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    onState(false);
    await new Promise((done) => setTimeout(done, 1_000));
  }
}

async function call(path: string, options: RequestInit = {}): Promise<Response> {
  const authorization = `Bearer ${localStorage.getItem(kept) ?? ""}`;
  const answer = await fetch(path, { ...options, headers: { authorization } });
  if (answer.ok) return answer;
  const { error } = (await answer.json().catch(() => ({}))) as { error?: string };
  throw new Refused(answer.status, error ?? `the sandbox answered ${answer.status}`);
}

async function* linesOf(answer: Response): AsyncGenerator<string> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
