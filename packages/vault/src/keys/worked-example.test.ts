import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeConfig } from '../config.ts';
import { decodeSlot, openSlot } from './key-slot.ts';

const FORMAT = readFileSync(new URL('../../../../docs/formats/vault.md', import.meta.url), 'utf8');

function block(name: string): Uint8Array {
  return Buffer.from(new RegExp(`\`\`\`${name}\\n(.*?)\`\`\``, 's').exec(FORMAT)?.[1] ?? '');
}

test('the worked example of docs/formats/vault.md opens as it is printed', async () => {
  const config = decodeConfig(block('config'));
  const slot = decodeSlot('keys/3c0d0c64d073e304', block('slot'));
  const keys = await openSlot(slot, config, Buffer.from('correct horse battery staple'));
  expect(keys).toEqual({
    epochs: [{ epoch: 1, key: Buffer.alloc(32, 1) }],
    idKey: Buffer.alloc(32, 2),
    chunkerKey: Buffer.alloc(32, 3),
  });
});
