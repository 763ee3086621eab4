/**
 * Where a merge finds what both sides last agreed on: the texts that a pair keeps beside its state (agreed-texts.ts), or the versions of a
 * vault or server.
 */
export interface MergeBases {
  /**
   * The contents with these SHA-256 hashes (lower-case hex), as far as they are kept. Every one that is given back has the
   * hash that it stands under.
   */
  read(hashes: ReadonlySet<string>): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** The SHA-256 of bytes in lower-case hex. */
export type HashBytes = (bytes: Uint8Array) => Promise<string>;

/** Web Crypto, which Node and browsers have. */
export const sha256: HashBytes = async (bytes) => {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

/** The SHA-256 that an agreed file is known by, or undefined when neither side tells one. */
export function agreedHash(
  source: { readonly hash?: string | undefined },
  destination: { readonly hash?: string | undefined },
): string | undefined {
  return [source.hash, destination.hash].find((hash) => hash !== undefined && /^[0-9a-f]{64}$/.test(hash));
}
