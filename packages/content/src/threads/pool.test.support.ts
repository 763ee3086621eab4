import { threadId } from 'node:worker_threads';
import type { Work } from './work-thread.ts';

export type TestOrder =
  /** Which thread does it? */
  | { readonly type: 'who' }
  /** The same, before everything else. */
  | { readonly type: 'first' }
  /** A defect: in a thread that is not the caller's it ends the thread. */
  | { readonly type: 'break'; readonly where: 'threads' | 'everywhere' };

export type TestAnswers = { readonly who: number; readonly first: number; readonly break: number };

/** @param isThread whether this is a thread of the pool, and not that of the test */
export function testWork(isThread: boolean): Work<TestOrder> {
  return {
    nameOf: () => '',
    do: (order) => {
      if (order.type === 'break' && (isThread || order.where === 'everywhere')) throw new TypeError('broken on purpose');
      return threadId;
    },
  };
}
