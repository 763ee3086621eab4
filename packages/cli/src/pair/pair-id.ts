import { hash } from 'node:crypto';
import { nameOf } from '@cloudsync/engine';

const NAME_MAX = 24;

/**
 * The name of a pair's folder: readable names of both roots and a short hash of both canonical URLs, e.g.
 * `docs-backup-1f3a9c2e`. The same two places always give the same id, however they were spelt.
 */
export function pairId(sourceUrl: string, destinationUrl: string): string {
  const digest = hash('sha256', `${sourceUrl}\0${destinationUrl}`, 'hex').slice(0, 8);
  return `${readableName(sourceUrl)}-${readableName(destinationUrl)}-${digest}`;
}

function readableName(url: string): string {
  const name = nameOf(url.replaceAll('\\', '/').replace(/\/+$/, ''));
  const readable = name.replace(/[^\w.-]+/g, '_').replace(/^[._-]+|[._-]+$/g, '');
  return readable.slice(0, NAME_MAX) || 'root';
}
