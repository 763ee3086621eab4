/** Lets one piece of work run at a time, in the order they came. */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>;

export function turnstile(): Turnstile {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
