import { SyncError } from '@cloudsync/engine';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds from `30s`, `15m`, `1h30m`, `30d`. @throws SyncError `config/invalid` */
export function parseDuration(text: string): number {
  const trimmed = text.trim().toLowerCase();
  if (!/^(\d+(?:\.\d+)?(ms|[smhdw]))+$/.test(trimmed)) {
    throw new SyncError('config/invalid', `${JSON.stringify(text)} is not a duration; write it like 30s, 15m, 1h or 30d`);
  }
  let ms = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g))
    ms += Number(amount) * (UNIT_MS[unit as string] as number);
  return ms;
}
