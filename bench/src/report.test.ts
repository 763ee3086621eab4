import { describe, expect, it } from 'vitest';
import type { Contestant } from './contestant.ts';
import { goals } from './local/local-bench.ts';
import type { Measurement } from './measure.ts';
import { formatOverview, formatRow, median, reportRow } from './report.ts';

const row = { id: 'small-first', title: 'a tree, first sync' };

function tool(id: string): Contestant {
  return { id, title: id, version: '1', how: id, note: '' };
}

function measurements(...seconds: number[]): Measurement[] {
  return seconds.map((each, index) => ({ seconds: each, peakBytes: (index + 1) * 1e6 }));
}

describe('median', () => {
  it('is the middle value, or half way between the two in the middle', () => {
    expect(median([9, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('refuses nothing', () => {
    expect(() => median([])).toThrow('the median of nothing');
  });
});

describe('reportRow', () => {
  it('takes ratios within each repetition, so that a machine that slows down does not bend them', () => {
    const results = new Map([
      [tool('cloudsync'), measurements(1, 2, 40)],
      [tool('rsync'), measurements(2, 4, 80)],
    ]);
    const [ours, theirs] = reportRow(row, results).lines;
    expect(ours?.medianSeconds).toBe(2);
    expect(theirs).toMatchObject({ cloudsyncRatio: 0.5, medianSeconds: 4, fastestSeconds: 2, slowestSeconds: 80, peakBytes: 3e6 });
  });
});

describe('formatRow', () => {
  it('says of each goal whether it was reached', () => {
    const results = new Map([
      [tool('cloudsync'), measurements(1)],
      [tool('rsync'), measurements(2)],
      [tool('unison'), measurements(1.5)],
      [tool('rclone-sync'), measurements(1)],
    ]);
    const text = formatRow(reportRow(row, results), goals).replace(/ +/g, ' ');
    expect(text).toContain('0.50 × | ≤ 1.0 ×: reached');
    expect(text).toContain('0.67 × | ≤ 0.5 ×: missed');
    expect(text.split('\n').filter((line) => line.includes('rclone-sync'))[0]).not.toContain('≤');
  });
});

describe('formatOverview', () => {
  it('shows all ratios, and the goal where it was missed', () => {
    const [ours, rsync, unison] = [tool('cloudsync'), tool('rsync'), tool('unison')];
    const report = reportRow(
      row,
      new Map([
        [ours, measurements(3)],
        [rsync, measurements(2)],
        [unison, measurements(10)],
      ]),
    );
    const text = formatOverview([report], [ours, rsync, unison], goals).replace(/ +/g, ' ');
    expect(text).toContain('| a tree, first sync | 1.50 × (goal 1.0) | 0.30 × |');
  });
});
