/** Cryptographic chance; `node:crypto`'s in earnest, seeded in the simulator. */
export type RandomBytes = (count: number) => Uint8Array;

/** A new identifier such as `usr_…`: 128 random bits, so that two never meet and none can be guessed from another. */
export function newResourceId(prefix: string, randomBytes: RandomBytes): string {
  return `${prefix}_${Buffer.from(randomBytes(16)).toString('base64url')}`;
}
