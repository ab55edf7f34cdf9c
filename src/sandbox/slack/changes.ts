/** The deadline of a wait passed; the message tells what was there instead. */
export class WaitedInVain extends Error {
  override readonly name = "WaitedInVain";
}

/** Tells waiting parties that something in the workspace changed, so that nobody needs to sleep. */
export class Changes {
  readonly #listeners = new Set<() => void>();
  #closed = false;

  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after every change, until the answer is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Looks now and after every change until `look` returns a value.
   *
   * @param waitingFor named in the error when `timeoutMs` have passed or the peer was closed meanwhile.
   */
  until<T>(look: () => T | undefined, timeoutMs: number, waitingFor: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#listeners.delete(check);
        act();
      };
      const check = () => {
        try {
          const found = look();
          if (found !== undefined) settle(() => resolve(found));
          else if (this.#closed) settle(() => reject(new Error(`closed while waiting for ${waitingFor()}`)));
        } catch (error) {
          settle(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      };
      const timer = setTimeout(
        () => settle(() => reject(new WaitedInVain(`waited ${timeoutMs} ms in vain for ${waitingFor()}`))),
        timeoutMs,
      );
      this.#listeners.add(check);
      check();
    });
  }

  close(): void {
    this.#closed = true;
    this.notify();
  }
}
