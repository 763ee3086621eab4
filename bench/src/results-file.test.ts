import { describe, expect, it } from 'vitest';
import { withSection } from './results-file.ts';

describe('withSection', () => {
  it('adds a section at the end, and replaces it the next time', () => {
    const first = withSection('# Measured\n', 'vault', '## Vaults\n\nold\n');
    expect(first).toBe('# Measured\n\n<!-- bench vault -->\n## Vaults\n\nold\n<!-- end of vault -->\n');
    expect(withSection(first, 'vault', '## Vaults\n\nnew')).toBe(first.replace('old', 'new'));
  });

  it('leaves the sections of other benches as they are, letter for letter', () => {
    const both = withSection(withSection('', 'local', 'A $& $1'), 'vault', 'B');
    expect(withSection(both, 'vault', 'C $&')).toBe(both.replace('\nB\n', () => '\nC $&\n'));
    expect(withSection(both, 'local', 'D')).toContain('\nB\n');
  });
});
