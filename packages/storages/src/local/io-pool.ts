import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { IoResult, IoTask } from './io-message.ts';
import type { IoAnswer, IoOrder } from './io-worker.ts';
import { workerUrl } from './worker-url.ts';

const THREADS = 2;
/** A thread has its next task at hand when it ends one. */
const TASKS_PER_THREAD = 2;
/** Work of up to so many files and bytes is done before two threads would have started; */
const FILES_ALONE = 256;
const BYTES_ALONE = 16 << 20;
/** and of so many, before idle ones would have heard of it. */
const FILES_AT_HAND = 8;
const BYTES_AT_HAND = 1 << 20;
/** An agent that has nothing to do for so long gives the memory of its threads back. */
const IDLE_MS = 10_000;

interface TaskHooks {
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** For a big file: a thread works on it now, and another may help. */
  readonly onBlocks?: ((blocks: SharedArrayBuffer) => void) | undefined;
}

interface Task {
  readonly order: IoOrder;
  readonly hooks: TaskHooks;
  readonly done: PromiseWithResolvers<readonly IoResult[]>;
}

interface Thread {
  readonly worker: Worker;
  readonly running: Map<number, Task>;
}

/**
 * A few threads that read, hash and write with synchronous calls: for small files several times as fast as promises.
 * They start when there is enough to do for them; a few small files are done here, with a turn of the event loop after
 * each task. Threads do not keep the process alive when idle.
 */
export class IoPool {
  readonly #threads: Thread[] = [];
  readonly #waiting: Task[] = [];
  #isBusyHere = false;
  #isHandingOut = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #lastId = 0;

  get threads(): number {
    return this.#threads.length;
  }

  run(task: IoTask, hooks: TaskHooks = {}): Promise<readonly IoResult[]> {
    const done = Promise.withResolvers<readonly IoResult[]>();
    const waiting: Task = { order: { id: ++this.#lastId, task }, hooks, done };
    // Help goes first, while there is something to help with.
    if (task.type === 'help') this.#waiting.unshift(waiting);
    else this.#waiting.push(waiting);
    // Only when all tasks of a batch are here is it known how much there is to do.
    if (!this.#isHandingOut) queueMicrotask(() => this.#handOut());
    this.#isHandingOut = true;
    return done.promise;
  }

  #handOut(): void {
    this.#isHandingOut = false;
    if (this.#isBusyHere) return;
    if (this.#isLight()) void this.#workHere();
    else this.#feedThreads();
  }

  /** Whether what waits is done sooner here than threads start, or hear of it. */
  #isLight(): boolean {
    const size = sizeOf(this.#waiting.map(({ order }) => order.task));
    if (this.#threads.length === 0) return size.files <= FILES_ALONE && size.bytes <= BYTES_ALONE;
    return this.#isIdle && size.files <= FILES_AT_HAND && size.bytes <= BYTES_AT_HAND;
  }

  get #isIdle(): boolean {
    return this.#threads.every(({ running }) => running.size === 0);
  }

  async #workHere(): Promise<void> {
    this.#isBusyHere = true;
    const { runTask } = await import('./io-task.ts');
    while (this.#isLight()) {
      const task = this.#waiting.shift();
      if (task === undefined) break;
      const { onBytes = () => undefined, onBlocks = () => undefined } = task.hooks;
      task.done.resolve(runTask(task.order.task, { onBytes, onBlocks }));
      await nextTurn();
    }
    this.#isBusyHere = false;
    this.#feedThreads();
  }

  #feedThreads(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      // From both ends: two threads that make files in one folder wait for each other in the kernel.
      const task = (thread === this.#threads[0] ? this.#waiting.shift() : this.#waiting.pop()) as Task;
      clearTimeout(this.#idleTimer);
      thread.worker.ref();
      thread.running.set(task.order.id, task);
      thread.worker.postMessage(task.order);
    }
  }

  /** The one with the least to do; a new one when all are busy and there may be more. */
  #freeThread(): Thread | undefined {
    const idle = this.#threads.find(({ running }) => running.size === 0);
    if (idle !== undefined) return idle;
    if (this.#threads.length < THREADS) return this.#start();
    return this.#threads.find(({ running }) => running.size < TASKS_PER_THREAD);
  }

  #start(): Thread {
    const worker = new Worker(workerUrl('io-worker', import.meta.url));
    const thread: Thread = { worker, running: new Map() };
    worker.on('message', (answer: IoAnswer) => this.#take(thread, answer));
    worker.on('error', (error) => this.#lose(thread, error));
    this.#threads.push(thread);
    return thread;
  }

  #take(thread: Thread, answer: IoAnswer): void {
    const task = thread.running.get(answer.id);
    if (task === undefined) return;
    if ('blocks' in answer) task.hooks.onBlocks?.(answer.blocks);
    else if ('bytes' in answer) task.hooks.onBytes?.(answer.bytes);
    else this.#end(thread, task, answer.results);
  }

  #end(thread: Thread, { order, done }: Task, results: readonly IoResult[]): void {
    thread.running.delete(order.id);
    if (thread.running.size === 0) thread.worker.unref();
    done.resolve(results);
    this.#feedThreads();
    if (this.#isIdle) this.#idleTimer = setTimeout(() => this.#stop(), IDLE_MS).unref();
  }

  #stop(): void {
    for (const { worker } of this.#threads.splice(0)) void worker.terminate();
  }

  /** A thread that dies takes its tasks with it; the next task starts another. */
  #lose(thread: Thread, error: unknown): void {
    this.#threads.splice(this.#threads.indexOf(thread), 1);
    for (const { done } of thread.running.values()) done.reject(error);
    this.#feedThreads();
  }
}

/** What tasks come to; a big file is always work for threads. */
function sizeOf(tasks: readonly IoTask[]): { files: number; bytes: number } {
  const size = { files: 0, bytes: 0 };
  for (const task of tasks) {
    size.files += filesOf(task);
    size.bytes += bytesOf(task);
  }
  return size;
}

function filesOf(task: IoTask): number {
  if (task.type === 'hash') return task.entries.length;
  return 'jobs' in task ? task.jobs.length : 1;
}

function bytesOf(task: IoTask): number {
  switch (task.type) {
    case 'hash':
      return task.entries.reduce((sum, { size }) => sum + size, 0);
    case 'prepare':
      return task.jobs.reduce((sum, { from }) => sum + from.size, 0);
    case 'finish':
    case 'publish':
      return 0;
    case 'copy-big':
    case 'help':
      return Number.POSITIVE_INFINITY;
  }
}

/** One for the process: however many folders are open, the machine has the same disks and cores. */
export const ioPool = new IoPool();
