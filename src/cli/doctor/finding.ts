/** What one check found. */
export type Finding = {
  /** The part of the deployment: `table`, `redis`, `slack`, `role jit-data-read` … */
  about: string;
  /** `unseen`: it can't be told from here; somebody must look. Only an error fails the command. */
  status: "ok" | "warning" | "error" | "unseen";
  /** One sentence. */
  says: string;
  /** What to do; on everything but `ok`. */
  fix?: string;
};

export function ok(about: string, says: string): Finding {
  return { about, status: "ok", says };
}

export function warning(about: string, says: string, fix: string): Finding {
  return { about, status: "warning", says, fix };
}

export function error(about: string, says: string, fix: string): Finding {
  return { about, status: "error", says, fix };
}

export function unseen(about: string, says: string, fix: string): Finding {
  return { about, status: "unseen", says, fix };
}

/** An error's name, and its text where it is not AWS's: for what no check expects. Never a secret: no request is in it. */
export function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "an unknown error";
}
