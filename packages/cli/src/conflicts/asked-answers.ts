import { readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import * as prompts from '@clack/prompts';
import type { ConflictAnswer, ConflictHandler, ConflictQuestion, Storage } from '@cloudsync/engine';
import { printable } from '../terminal/printable.ts';
import { shortenEnd } from '../terminal/width.ts';
import { sideText } from './conflicts-command.ts';
import { diffLines, smallText } from './text-diff.ts';

export interface Asking {
  readonly source: Storage;
  readonly destination: Storage;
  readonly columns: number;
  /** The terminal; the process's own when undefined. */
  readonly streams?: { readonly input: Readable; readonly output: Writable } | undefined;
  /** Called when the user gives up (Ctrl-C, Esc). */
  readonly onGiveUp: () => void;
}

/** Asks the user about one conflict after the other. */
export function askingHandler(asking: Asking): ConflictHandler {
  let gaveUp = false;
  let before: Promise<unknown> = Promise.resolve();
  const ask = async (question: ConflictQuestion): Promise<ConflictAnswer> => {
    if (gaveUp) return 'skip';
    const answer = await askOne(question, asking);
    if (answer !== undefined) return answer;
    gaveUp = true;
    asking.onGiveUp();
    return 'skip';
  };
  // The engine may ask about several at once; a person reads one at a time.
  return (question) => {
    const answer = before.then(() => ask(question));
    before = answer.catch(() => undefined);
    return answer;
  };
}

async function askOne(question: ConflictQuestion, asking: Asking): Promise<ConflictAnswer | undefined> {
  const { path, source, destination } = question;
  const lines = [`source:      ${sideText(source)}`, `destination: ${sideText(destination)}`, ...(await differences(question, asking))];
  prompts.note(
    lines.map((line) => shortenEnd(line, asking.columns - 8)).join('\n'),
    shortenEnd(printable(path), asking.columns - 8),
    asking.streams,
  );
  const choice = await prompts.select({
    ...asking.streams,
    message: 'What do both sides keep?',
    options: [
      { value: 'source' as const, label: source === undefined ? 'source (deletes it)' : 'source' },
      { value: 'destination' as const, label: destination === undefined ? 'destination (deletes it)' : 'destination' },
      ...(source !== undefined && destination !== undefined ? [{ value: 'both' as const, label: 'both (one under another name)' }] : []),
      ...(source?.kind === 'file' || destination?.kind === 'file' ? [{ value: 'merged' as const, label: 'a merged file …' }] : []),
      { value: 'skip' as const, label: 'skip (decide later)' },
    ],
  });
  if (prompts.isCancel(choice)) return undefined;
  return choice === 'merged' ? await askForFile(asking) : choice;
}

async function differences({ source, destination }: ConflictQuestion, asking: Asking): Promise<string[]> {
  const [a, b] = await Promise.all([smallText(asking.source, source), smallText(asking.destination, destination)]);
  return a === undefined || b === undefined ? [] : ['', '- only at the source   + only at the destination', ...diffLines(a, b)];
}

async function askForFile({ streams }: Asking): Promise<ConflictAnswer | undefined> {
  for (;;) {
    const file = await prompts.text({
      ...streams,
      message: 'Path of the merged file',
      validate: (text) => (text?.trim() ? undefined : 'Name a file'),
    });
    if (prompts.isCancel(file)) return undefined;
    try {
      return { merged: await readFile(file) };
    } catch (error) {
      prompts.log.error(`${printable(file)} cannot be read (${(error as NodeJS.ErrnoException).code})`, streams);
    }
  }
}
