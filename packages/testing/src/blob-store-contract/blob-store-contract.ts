import { describe, it } from 'vitest';
import type { BlobStoreFactory, BlobStoreFixture, BlobStoreRule } from './fixture.ts';
import { BLOB_STORE_RULES } from './rules.ts';

/**
 * Checks a blob store against every rule of the `BlobStore` interface; each test's title quotes its rule. Call it in a vitest
 * test file of your own.
 * @param factory makes a fresh, empty place for each test
 */
export function blobStoreContract(name: string, factory: BlobStoreFactory): void {
  describe(`${name} keeps the blob store contract`, async () => {
    const probe = await factory();
    await probe.dispose?.();
    for (const rule of BLOB_STORE_RULES.filter(({ applies }) => applies?.(probe) ?? true)) {
      it(rule.title, async () => checkRule(rule, await factory()));
    }
  });
}

/** One rule with a fixture of its own. Throws when the store breaks it. */
export async function checkRule(rule: BlobStoreRule, fixture: BlobStoreFixture): Promise<void> {
  try {
    await rule.check(fixture);
  } finally {
    await fixture.store.close?.();
    await fixture.dispose?.();
  }
}
