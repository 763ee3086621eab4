import { describe, expect, it } from 'vitest';
import { IGNORE_FILE, IgnoreFileManager, IgnoreRules, isOwnName, STATE_FOLDER, TEMPORARY_PREFIX, TRASH_FOLDER } from './ignore.ts';

/** Rules from files by folder; what git makes of the same files is asked in test/ignore-git.test.ts. */
function rulesOf(files: Record<string, string>, patterns: readonly string[] = []): IgnoreRules {
  const rules = new IgnoreRules(patterns);
  for (const [path, text] of Object.entries(files)) rules.addFile(path, text);
  return rules;
}

describe('ignore rules', () => {
  it('without any rule nothing is ignored', () => {
    const rules = new IgnoreRules();
    expect(rules.empty).toBe(true);
    expect(rules.covers('a/b', false)).toBe(false);
    expect(rulesOf({ '.syncignore': '' }).empty).toBe(false);
  });

  it('a file holds in its folder and below, and a deeper file outranks it', () => {
    const rules = rulesOf({ '.syncignore': '*.log\n', 'keep/.syncignore': '!*.log\n', 'keep/not/.syncignore': '*.log\n' });
    for (const path of ['a.log', 'sub/a.log', 'keep/not/a.log']) expect(rules.covers(path, false)).toBe(true);
    for (const path of ['keep/a.log', 'keep/sub/a.log']) expect(rules.covers(path, false)).toBe(false);
  });

  it('an anchored pattern starts at the folder of its file', () => {
    const rules = rulesOf({ 'sub/.syncignore': '/a\nb/c\n' });
    for (const path of ['sub/a', 'sub/b/c']) expect(rules.covers(path, false)).toBe(true);
    for (const path of ['a', 'sub/sub/a', 'b/c', 'sub/x/b/c']) expect(rules.covers(path, false)).toBe(false);
  });

  it('what lies in an ignored folder cannot be brought back', () => {
    const rules = rulesOf({ '.syncignore': 'build/\n!build/keep\n' });
    expect(rules.covers('build', true)).toBe(true);
    expect(rules.covers('build', false)).toBe(false);
    expect(rules.covers('build/keep', false)).toBe(true);
    expect(rules.ignores('build/keep', false)).toBe(false);
  });

  it('what is in the middle of a swap is judged by the name it had, and so are the files in it', () => {
    const rules = rulesOf({ 'd.cloudsync-moving-1/.syncignore': 'x\n' }, ['*', '!a.md', '!d/']);
    expect(rules.covers('a.md.cloudsync-moving-1', false)).toBe(false);
    expect(rules.covers('b.cloudsync-moving-1', false)).toBe(true);
    expect(rulesOf({ 'd.cloudsync-moving-1/.syncignore': 'x\n' }).covers('d.cloudsync-moving-1/x', false)).toBe(true);
    expect(rulesOf({ 'd.cloudsync-moving-1/.syncignore': 'x\n' }).covers('d.cloudsync-moving-1/y', false)).toBe(false);
  });

  it('patterns from outside outrank every file, in both directions', () => {
    const rules = rulesOf({ '.syncignore': '*.log\n', 'a/.syncignore': '!*.tmp\n' }, ['*.tmp', '!kept.log']);
    expect(rules.covers('kept.log', false)).toBe(false);
    expect(rules.covers('other.log', false)).toBe(true);
    expect(rules.covers('a/x.tmp', false)).toBe(true);
  });

  it('a folder that is brought back comes with what is in it', () => {
    const outside = rulesOf({ '.syncignore': 'vendor\nvendor/*.o\n' }, ['!/vendor/']);
    expect(outside.covers('vendor', true)).toBe(false);
    expect(outside.covers('vendor/a.c', false)).toBe(false);
    expect(outside.covers('vendor/deep/a.c', false)).toBe(false);
    expect(outside.covers('vendor/a.o', false)).toBe(true);
    expect(outside.covers('other/vendor/a.c', false)).toBe(true);

    const deeper = rulesOf({ '.syncignore': 'out [1]\n', 'a/.syncignore': '!out*\n' });
    expect(deeper.covers('a/out 1/b/c', false)).toBe(false);
    expect(deeper.covers('b/out 1/b/c', false)).toBe(true);
  });

  it('case counts, everywhere', () => {
    const rules = rulesOf({ '.syncignore': 'Build\n' });
    expect(rules.covers('Build', true)).toBe(true);
    expect(rules.covers('build', true)).toBe(false);
  });

  it('names beyond ASCII are matched by character, where git counts bytes', () => {
    const rules = rulesOf({ '.syncignore': 'caf?\nstraß*\n[^a-z]\n' });
    for (const path of ['café', 'straße', 'é']) expect(rules.covers(path, false)).toBe(true);
  });

  it('names of CloudSync’s own are known in any folder', () => {
    for (const name of [TRASH_FOLDER, STATE_FOLDER, `${TEMPORARY_PREFIX}1`]) expect(isOwnName(name)).toBe(true);
    for (const name of [IGNORE_FILE, 'sync_trash', `${TRASH_FOLDER}2`, `x${TEMPORARY_PREFIX}`, '']) expect(isOwnName(name)).toBe(false);
  });
});

describe('IgnoreFileManager', () => {
  it('takes patterns one by one, a later one outranking an earlier one', () => {
    const manager = new IgnoreFileManager().addPattern('*.log').addPattern('!important.log').addPattern('cache/');
    expect(manager.shouldIgnore('a/debug.log')).toBe(true);
    expect(manager.shouldIgnore('important.log')).toBe(false);
    expect(manager.shouldIgnore('cache/')).toBe(true);
    expect(manager.shouldIgnore('cache')).toBe(false);
    expect(manager.shouldIgnore('cache/a/b')).toBe(true);
    expect(manager.addPattern('!*.log').shouldIgnore('a/debug.log')).toBe(false);
    expect(manager.patterns).toEqual(['*.log', '!important.log', 'cache/', '!*.log']);
  });

  it('loads files through what it is given to read them with', async () => {
    const files: Record<string, string> = { one: '# comment\n*.tmp\r\n\r\n', two: '\uFEFF!kept.tmp\n*.bak' };
    const manager = new IgnoreFileManager({ readText: async (path) => files[path] as string });
    await manager.loadFromFile('one');
    await manager.loadFromFile('two');
    for (const path of ['a.tmp', 'b/a.bak']) expect(manager.shouldIgnore(path)).toBe(true);
    for (const path of ['kept.tmp', '# comment', 'a']) expect(manager.shouldIgnore(path)).toBe(false);
  });

  it('a byte order mark belongs to no pattern', () => {
    const manager = new IgnoreFileManager().loadFromText('\uFEFFa\n').loadFromText('\uFEFFb\r\n');
    for (const path of ['a', 'b']) expect(manager.shouldIgnore(path)).toBe(true);
  });

  it('cannot load a file that it has no way to read', async () => {
    await expect(new IgnoreFileManager().loadFromFile('.syncignore')).rejects.toThrow(/readText/);
  });
});
