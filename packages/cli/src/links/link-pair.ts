import { escapePattern } from '../pair/device-ignore.ts';
import { type LocatedPair, locatePair } from '../pair/locate-pair.ts';
import { STANDARD_OPTIONS } from '../pair/pair-request.ts';
import type { LinkOptions } from '../settings/settings.ts';
import type { Link } from './link-file.ts';

/** A link as a pair of the engine: the folder is the source, the workspace the destination. @throws SyncError as `locatePair` does */
export function pairOfLink({ folder, workspace, skip }: Link, options: LinkOptions, stateHome: string): LocatedPair {
  const { conflict, maxDelete, filters } = options;
  const ignore = [...filters, ...skip.map((path) => `/${escapePattern(path)}`)];
  const request = { source: folder, destination: workspace, options: { ...STANDARD_OPTIONS, conflict, maxDelete, ignore } };
  return locatePair(request, stateHome, folder);
}
