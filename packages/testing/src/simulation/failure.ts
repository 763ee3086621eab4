/** A check found something. A simulator has a subclass of its own, for the names of its checks. */
export class SimulationFailure<Check extends string = string> extends Error {
  override readonly name = 'SimulationFailure';
  readonly check: Check;

  constructor(check: Check, message: string) {
    super(`${check}: ${message}`);
    this.check = check;
  }
}
