import { Worker } from 'node:worker_threads';
import type { IoResult, IoTask } from './io-message.ts';
import type { IoAnswer, IoOrder } from './io-worker.ts';
import { workerUrl } from './worker-url.ts';

const THREADS = 2;
/** A thread has its next task at hand when it ends one. */
const TASKS_PER_THREAD = 2;

interface TaskHooks {
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** For a `fill` task: a thread works on it now. */
  readonly onBegin?: (() => void) | undefined;
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
 * They start with the first task, and do not keep the process alive when idle.
 */
class IoPool {
  readonly #threads: Thread[] = [];
  readonly #waiting: Task[] = [];
  #lastId = 0;

  run(task: IoTask, hooks: TaskHooks = {}): Promise<readonly IoResult[]> {
    const done = Promise.withResolvers<readonly IoResult[]>();
    const waiting: Task = { order: { id: ++this.#lastId, task }, hooks, done };
    // What finishes a file goes first, while the file is still in memory.
    if (task.type === 'finish') this.#waiting.unshift(waiting);
    else this.#waiting.push(waiting);
    this.#handOut();
    return done.promise;
  }

  #handOut(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      // From both ends: two threads that make files in one folder wait for each other in the kernel.
      const task = (thread === this.#threads[0] ? this.#waiting.shift() : this.#waiting.pop()) as Task;
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
    if ('begun' in answer) task.hooks.onBegin?.();
    else if ('bytes' in answer) task.hooks.onBytes?.(answer.bytes);
    else this.#end(thread, task, answer.results);
  }

  #end(thread: Thread, { order, done }: Task, results: readonly IoResult[]): void {
    thread.running.delete(order.id);
    if (thread.running.size === 0) thread.worker.unref();
    done.resolve(results);
    this.#handOut();
  }

  /** A thread that dies takes its tasks with it; the next task starts another. */
  #lose(thread: Thread, error: unknown): void {
    this.#threads.splice(this.#threads.indexOf(thread), 1);
    for (const { done } of thread.running.values()) done.reject(error);
    this.#handOut();
  }
}

/** One for the process: however many folders are open, the machine has the same disks and cores. */
export const ioPool = new IoPool();
