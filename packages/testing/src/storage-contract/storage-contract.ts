import { describe } from 'vitest';
import { testCancelling } from './cancelling.ts';
import { testChunking } from './chunking.ts';
import { testCopying } from './copying.ts';
import { testCopyingWithin } from './copying-within.ts';
import { testDurability } from './durability.ts';
import { testFetching } from './fetching.ts';
import type { ContractGroup, StorageFactory, WithFixture } from './fixture.ts';
import { testFolders } from './folders.ts';
import { testHashing } from './hashing.ts';
import { testListing } from './listing.ts';
import { testNames } from './names.ts';
import { testPlace } from './place.ts';
import { testReading } from './reading.ts';
import { testRenaming } from './renaming.ts';
import { testResuming } from './resuming.ts';
import { testSafety } from './safety.ts';
import { testScanning } from './scanning.ts';
import { testSymlinks } from './symlinks.ts';
import { testUpdating } from './updating.ts';
import { testWatching } from './watching.ts';
import { testWriting } from './writing.ts';

/**
 * Checks a storage against every rule of the `Storage` interface; each test's title quotes its rule. Call it in a vitest
 * test file of your own. What a storage does not declare (`rename`, `update`, `hash`, `watch` …) is not asked of it; what
 * it declares must work.
 * @param factory makes a fresh, empty place for each test
 */
export function storageContract(name: string, factory: StorageFactory): void {
  describe(`${name} keeps the storage contract`, async () => {
    const fixture = await factory();
    const { storage: probe } = fixture;
    await fixture.dispose?.();
    const withFixture: WithFixture = (test) => async () => {
      const fresh = await factory();
      try {
        await test(fresh);
      } finally {
        await fresh.storage.close?.();
        await fresh.other?.close?.();
        await fresh.dispose?.();
      }
    };
    const group: ContractGroup = { probe, fixture, withFixture };
    testPlace(group);
    testListing(group);
    testReading(group);
    testWriting(group);
    testFolders(group);
    testNames(group);
    testSafety(group);
    testCancelling(group);
    if (probe.abilities.scans) testScanning(group);
    if (probe.abilities.symlinks) testSymlinks(group);
    if (probe.rename !== undefined) testRenaming(group);
    if (probe.copyWithin !== undefined) testCopyingWithin(group);
    if (probe.update !== undefined) testUpdating(group);
    if (probe.partial !== undefined) testResuming(group);
    if (probe.hash !== undefined) testHashing(group);
    if (fixture.other !== undefined && probe.copierFrom?.(fixture.other) !== undefined) testCopying(group);
    if (probe.chunks !== undefined) testChunking(group);
    if (probe.fetchFiles !== undefined && fixture.scratch !== undefined) testFetching(group);
    if (probe.watch !== undefined) testWatching(group);
    if (probe.flush !== undefined) testDurability(group);
  });
}
