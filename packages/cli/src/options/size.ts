import { SyncError } from '@cloudsync/engine';

const FACTOR: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes from `4096`, `500K`, `2M`, `1.5GiB`; K is 1024. @throws SyncError `config/invalid` */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  if (match === null) throw new SyncError('config/invalid', `${JSON.stringify(text)} is not a size; write it like 500K, 2M or 1.5G`);
  return Math.round(Number(match[1]) * (FACTOR[(match[2] ?? '').toLowerCase()] as number));
}

export interface Bandwidth {
  readonly upload: number | undefined;
  readonly download: number | undefined;
}

/**
 * Bytes a second from `2M` (both ways), `1M:500K` (up:down), where `off` or `0` is unlimited.
 * @throws SyncError `config/invalid`
 */
export function parseBandwidth(text: string): Bandwidth {
  const parts = text.split(':');
  if (parts.length > 2)
    throw new SyncError('config/invalid', `${JSON.stringify(text)} is not a bandwidth; write it like 2M or 1M:500K (up:down)`);
  const [upload, download = upload] = parts.map((part) => (part === 'off' ? undefined : parseSize(part) || undefined));
  return { upload, download };
}
