import { encodeText, MERGE_BYTES_MAX } from '../merge/text.ts';
import type { Entry, Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import { type Agreement, parseRow } from '../model/tree-schema.ts';
import type { Storage } from '../storage.ts';
import type { AgreedText, AgreedTexts, Standing } from './agreed-texts.ts';
import type { CommitWatch } from './committer.ts';
import { agreedHash } from './merge-bases.ts';
import type { SyncPauseController } from './pause-controller.ts';
import { readText } from './read-text.ts';
import type { SyncStateManager } from './state-manager.ts';
import { runBounded } from './work.ts';

/** Texts are added to the log in pieces of about this size. */
const BATCH_CHARS = 4 * 1024 * 1024;
/** For more new agreements than this it pays to look first at what is kept: a renamed folder brings no new text. */
const AGREEMENTS_FEW = 64;

export interface TextKeeperOptions {
  readonly texts: AgreedTexts;
  /** False for a run that does not merge: it keeps nothing, and says so to the next that does. */
  readonly keeps: boolean;
  readonly state: SyncStateManager;
  readonly storages: Readonly<Record<Side, Storage>>;
  readonly atOnce: number;
  readonly pause: SyncPauseController;
}

/**
 * Keeps the text of every file that is agreed on, for the merges of later runs. After a run it reads what was agreed in it;
 * when texts of earlier agreements are missing (the first run that merges, one that was cut off), it looks at all that is agreed.
 * A file is read from one side, only while it is what was agreed on, and no further than it looks like a text.
 */
export class TextKeeper implements CommitWatch {
  readonly #options: TextKeeperOptions;
  readonly #noted = new Map<string, Agreement>();
  /** How the texts stood before this run changed anything. */
  #before: Standing | undefined;

  constructor(options: TextKeeperOptions) {
    this.#options = options;
  }

  noted(agreement: Agreement): void {
    if (this.#options.keeps) this.#noted.set(agreement.path, agreement);
  }

  async committing(): Promise<void> {
    this.#before ??= await this.#options.texts.fallBehind();
  }

  /**
   * After the last commit: adds what is missing.
   * @param settled no path failed
   * @throws SyncError of the state directory
   */
  async finish(settled: boolean): Promise<void> {
    const { texts, keeps, pause } = this.#options;
    if (!keeps || pause.cancelled) return;
    const before = this.#before ?? (await texts.standing());
    const isWhole = before.whole;
    if (this.#before === undefined && isWhole && (before.settled || !settled)) return;
    const agreements = isWhole ? [...this.#noted.values()] : await this.#everyAgreement();
    const held = isWhole && agreements.length <= AGREEMENTS_FEW ? new Set<string>() : await texts.hashes();
    if (await this.#add(agreements, held)) await texts.catchUp(settled, () => this.#liveHashes());
  }

  /** @returns false when some could not be read now and should be tried again by the next run */
  async #add(agreements: readonly Agreement[], held: Set<string>): Promise<boolean> {
    const { texts, atOnce, pause } = this.#options;
    let isComplete = true;
    let bytes = 0;
    let batch: AgreedText[] = [];
    let chars = 0;
    const flush = async (): Promise<void> => {
      const full = batch;
      batch = [];
      chars = 0;
      if (full.length > 0) await texts.add(full);
    };
    const addOne = async ({ source, destination }: Agreement): Promise<void> => {
      const hash = source && destination && agreedHash(source, destination);
      if (source === undefined || destination === undefined || hash === undefined || held.has(hash) || bytes >= texts.bytesMax) return;
      if (source.kind !== 'file' || destination.kind !== 'file' || source.size > MERGE_BYTES_MAX) return;
      held.add(hash);
      const text = await this.#read(hash, { source, destination });
      if (text === 'later') isComplete = false;
      if (text === undefined || text === 'later') return;
      batch.push({ hash, text: text.text });
      bytes += source.size;
      chars += text.text.length;
      if (chars >= BATCH_CHARS) await flush();
    };
    await runBounded(agreements, addOne, { atOnce, pause });
    await flush();
    return isComplete && !pause.cancelled;
  }

  /** The text of what was agreed, from a side where it still is; undefined when there is none that could be merged. */
  async #read(hash: string, entries: Readonly<Record<Side, Entry>>): Promise<{ readonly text: string } | 'later' | undefined> {
    const { texts, storages, pause } = this.#options;
    // A storage that walks its own tree is most likely on this machine.
    const sides: readonly Side[] = storages.source.abilities.scans ? ['source', 'destination'] : ['destination', 'source'];
    let isLater = false;
    for (const side of sides) {
      try {
        const text = await readText(storages[side], entries[side], pause.signal);
        if (text === undefined) return undefined;
        // Where a storage has no stamp that tells, a file may have been edited unseen.
        if ((await texts.hashBytes(encodeText(text))) === hash) return { text };
      } catch (error) {
        if (!SyncError.is(error)) throw error;
        // What was edited, deleted or locked away since is not read again: it comes back when it is agreed on anew.
        isLater ||= error.retryable;
      }
    }
    return isLater ? 'later' : undefined;
  }

  async #everyAgreement(): Promise<Agreement[]> {
    const agreements: Agreement[] = [];
    for await (const agreement of this.#agreed()) agreements.push(agreement);
    return agreements;
  }

  async #liveHashes(): Promise<Set<string>> {
    const hashes = new Set<string>();
    for await (const { source, destination } of this.#agreed()) {
      const hash = source && destination && agreedHash(source, destination);
      if (hash !== undefined) hashes.add(hash);
    }
    return hashes;
  }

  /** The files of the last state; both trees hold the same paths in the same order. */
  async *#agreed(): AsyncGenerator<Agreement> {
    const { state } = this.#options;
    const [sources, destinations] = [state.rows('source'), state.rows('destination')];
    while (sources !== undefined && destinations !== undefined && (await sources.next()) && (await destinations.next())) {
      const source = parseRow(sources.row);
      if (source?.kind !== 'file') continue;
      const destination = parseRow(destinations.row);
      if (destination?.path === source.path) yield { path: source.path, source, destination };
    }
  }
}
