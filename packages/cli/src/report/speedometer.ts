const WINDOW_MS = 5_000;

/** Speed over the last seconds, and the time left that follows from it. */
export class Speedometer {
  #samples: { readonly at: number; readonly bytes: number; readonly files: number }[] = [];

  note(at: number, bytes: number, files: number): void {
    this.#samples.push({ at, bytes, files });
    while (this.#samples.length > 2 && at - (this.#samples[0] as { at: number }).at > WINDOW_MS) this.#samples.shift();
  }

  get bytesPerSecond(): number {
    return this.#rate((sample) => sample.bytes);
  }

  get filesPerSecond(): number {
    return this.#rate((sample) => sample.files);
  }

  /** Many small files are bound by their number, big ones by their bytes: the slower of both counts. Undefined while unknown. */
  msLeft(bytesLeft: number, filesLeft: number): number | undefined {
    const { bytesPerSecond, filesPerSecond } = this;
    const byBytes = bytesLeft > 0 ? bytesLeft / bytesPerSecond : 0;
    const byFiles = filesLeft > 0 && filesPerSecond > 0 ? filesLeft / filesPerSecond : 0;
    const seconds = Math.max(byBytes, byFiles);
    return Number.isFinite(seconds) && (bytesPerSecond > 0 || filesPerSecond > 0) ? seconds * 1000 : undefined;
  }

  #rate(of: (sample: { readonly bytes: number; readonly files: number }) => number): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    return ((of(last) - of(first)) / (last.at - first.at)) * 1000;
  }
}
