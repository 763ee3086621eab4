import { SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';
import { PrivateFile } from '../device/private-file.ts';

const schema = z.object({
  version: z.literal(1),
  links: z.array(
    z.object({
      folder: z.string(),
      workspace: z.string(),
      paused: z._default(z.boolean(), false),
      skip: z._default(z.array(z.string()), []),
      settings: z._default(z.record(z.string(), z.string()), {}),
    }),
  ),
});

/** A folder of this device that is kept in sync with a workspace. */
export interface Link {
  /** Absolute, symbolic links resolved. */
  readonly folder: string;
  /** `cloudsync://host/workspace`. */
  readonly workspace: string;
  readonly paused: boolean;
  /** Folders of the workspace that are not kept on this device: paths below its root. */
  readonly skip: readonly string[];
  /** What is set for this link only; see settings/settings.ts. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The links of this device, in `links.json` (docs/formats/device.md). */
export class LinkFile {
  readonly #file: PrivateFile<z.infer<typeof schema>>;

  constructor(home: string) {
    this.#file = new PrivateFile({ home, name: 'links.json', schema, empty: { version: 1, links: [] } });
  }

  all(): readonly Link[] {
    return this.#file.read().links;
  }

  /** @throws SyncError `config/invalid` when the folder is linked already */
  async add(link: Link): Promise<void> {
    await this.#update((links) => {
      const found = links.find(({ folder }) => folder === link.folder);
      if (found !== undefined)
        throw new SyncError('config/invalid', `${link.folder} is linked with ${found.workspace} already; unlink it first`);
      return [...links, link];
    });
  }

  async remove({ folder }: Link): Promise<void> {
    await this.#update((links) => links.filter((link) => link.folder !== folder));
  }

  async change({ folder }: Link, change: Partial<Pick<Link, 'paused' | 'skip' | 'settings'>>): Promise<void> {
    await this.#update((links) => links.map((link) => (link.folder === folder ? { ...link, ...change } : link)));
  }

  async #update(change: (links: readonly Link[]) => readonly Link[]): Promise<void> {
    await this.#file.update(({ links }) => ({
      version: 1,
      links: change(links).map((link) => ({ ...link, skip: [...link.skip], settings: { ...link.settings } })),
    }));
  }
}
