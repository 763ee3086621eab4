import { SyncError } from '../model/error.ts';
import type { Environment } from './environment.ts';

const FIRST_DELAY_MS = 200;
const DELAY_MAX_MS = 10_000;

/**
 * Runs `attempt` again while it fails in a way that may pass, with exponential backoff and full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). Clock and dice come from outside, so that
 * the simulator owns them; that is why no package does this.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  options: { attempts: number; environment: Environment; signal: AbortSignal },
): Promise<T> {
  const { attempts, environment, signal } = options;
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!SyncError.is(error) || !error.retryable || tried >= attempts || signal.aborted) throw error;
      await environment.sleep(environment.random() * Math.min(DELAY_MAX_MS, FIRST_DELAY_MS * 2 ** (tried - 1)), signal);
    }
  }
}
