import type { Entry, ListBatch, Storage } from '@cloudsync/engine';

/** The same storage with some of its methods exchanged. */
export function changed(storage: Storage, overrides: Partial<Storage>): Storage {
  return new Proxy(storage, {
    get(target, key) {
      const value: unknown = Reflect.get(Object.hasOwn(overrides, key) ? overrides : target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The same storage with another story about what it holds. */
export function relisted(storage: Storage, tell: (batch: ListBatch) => ListBatch): Storage {
  return changed(storage, {
    list: async function* (options) {
      for await (const batch of storage.list(options)) yield tell(batch);
    },
  });
}

/** A listing that leaves out a path and what is below it. */
export function hiding(path: string): (batch: ListBatch) => ListBatch {
  const isSeen = (entry: Entry): boolean => entry.path !== path && !entry.path.startsWith(`${path}/`);
  return ({ rows, entries, ...batch }) => {
    const lines = rows?.split('\n').filter((row) => !row.startsWith(JSON.stringify(path)) && !row.startsWith(`"${path}/`));
    return {
      ...batch,
      ...(lines === undefined || lines.length === 0 ? {} : { rows: lines.join('\n') }),
      ...(entries === undefined ? {} : { entries: entries.filter(isSeen) }),
    };
  };
}
