import process from 'node:process';

/** How far a long run is: a bar on a terminal, a line for every tenth elsewhere. */
export class ProgressBar {
  readonly #total: number;
  readonly #what: string;
  readonly #startedMs = performance.now();
  #done = 0;

  constructor(total: number, what: string) {
    this.#total = total;
    this.#what = what;
  }

  /** One more is done; `note` is shown after the count. */
  step(note = ''): void {
    this.#done += 1;
    const part = this.#done / this.#total;
    const text = `${this.#done} of ${this.#total} ${this.#what}${note}, ${this.seconds()} s`;
    if (process.stderr.isTTY) {
      const bar = '█'.repeat(Math.round(part * 30)).padEnd(30, '░');
      const leftSeconds = Math.round(this.seconds() * (1 / part - 1));
      process.stderr.write(`\r\x1b[K${bar} ${text}, ${leftSeconds} s left`);
    } else if (Math.floor(part * 10) > Math.floor(((this.#done - 1) / this.#total) * 10)) {
      process.stderr.write(`${text}\n`);
    }
  }

  /** Prints a line of results above the bar. */
  line(text: string): void {
    this.end();
    process.stdout.write(`${text}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }

  seconds(): number {
    return Math.round((performance.now() - this.#startedMs) / 1_000);
  }
}
