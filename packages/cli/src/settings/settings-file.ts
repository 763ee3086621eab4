import * as z from 'zod/mini';
import { PrivateFile } from '../device/private-file.ts';
import type { SettingKey, SettingValues } from './settings.ts';

const schema = z.object({ version: z.literal(1), settings: z.record(z.string(), z.string()) });

/** What is set for all links of this device, in `settings.json` (docs/formats/device.md). */
export class SettingsFile {
  readonly #file: PrivateFile<z.infer<typeof schema>>;

  constructor(home: string) {
    this.#file = new PrivateFile({ home, name: 'settings.json', schema, empty: { version: 1, settings: {} } });
  }

  read(): SettingValues {
    return this.#file.read().settings;
  }

  /** @param value undefined: as if it had never been set */
  async set(key: SettingKey, value: string | undefined): Promise<void> {
    await this.#file.update(({ settings }) => ({ version: 1, settings: withSetting(settings, key, value) }));
  }
}

export function withSetting(values: SettingValues, key: SettingKey, value: string | undefined): Record<string, string> {
  const { [key]: _, ...others } = values;
  return value === undefined ? others : { ...others, [key]: value };
}
