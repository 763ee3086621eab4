import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from '../scratch.test.support.ts';
import { linkOptions } from '../settings/settings.ts';
import { linkMeant, linksMeant, nameOfWorkspace } from './find-link.ts';
import { type Link, LinkFile } from './link-file.ts';
import { pairOfLink } from './link-pair.ts';
import { cleanPath } from './select-command.ts';

const invalid = expect.objectContaining({ code: 'config/invalid' });

function link(folder: string, workspace = 'cloudsync://host/notes'): Link {
  return { folder, workspace, paused: false, skip: [], settings: {} };
}

describe('the file of links', () => {
  test('adds, changes and removes; a folder has one workspace', async () => {
    const file = new LinkFile(scratchFolder());
    await file.add(link('/a'));
    await file.add(link('/b', 'cloudsync://host/b'));
    await expect(file.add(link('/a', 'cloudsync://host/other'))).rejects.toThrow(invalid);
    await file.change(link('/a'), { paused: true, skip: ['x'] });
    expect(file.all()).toEqual([{ ...link('/a'), paused: true, skip: ['x'] }, link('/b', 'cloudsync://host/b')]);
    await file.remove(link('/a'));
    expect(file.all()).toEqual([link('/b', 'cloudsync://host/b')]);
  });
});

describe('which link is meant', () => {
  test('by folder, workspace name or address; without a name all of them', () => {
    const cwd = scratchFolder();
    for (const name of ['a', 'b']) mkdirSync(join(cwd, name));
    const links = [link(join(cwd, 'a')), link(join(cwd, 'b'), 'cloudsync://host/b%20c')];
    expect(linksMeant(links, 'a', cwd)).toEqual([links[0]]);
    expect(linksMeant(links, 'b c', cwd)).toEqual([links[1]]);
    expect(linksMeant(links, 'cloudsync://host/notes', cwd)).toEqual([links[0]]);
    expect(linksMeant(links, undefined, cwd)).toEqual(links);
    expect(() => linksMeant(links, 'nowhere', cwd)).toThrow(invalid);
    expect(() => linksMeant([], undefined, cwd)).toThrow(/no folder is linked/);
  });

  test('the one that the current folder lies in, or the only one', () => {
    const cwd = scratchFolder();
    mkdirSync(join(cwd, 'a/deep'), { recursive: true });
    const links = [link(join(cwd, 'a')), link(join(cwd, 'ab'))];
    expect(linkMeant(links, undefined, join(cwd, 'a/deep'))).toEqual(links[0]);
    expect(() => linkMeant(links, undefined, cwd)).toThrow(/name one of the linked folders/);
    expect(linkMeant([link('/x')], undefined, cwd)).toEqual(link('/x'));
  });
});

describe('a link as a pair', () => {
  test('its settings and what is not selected become options of the pair', () => {
    const folder = scratchFolder();
    const options = linkOptions({ 'sync.filters': '*.tmp', 'sync.conflicts': 'ask' });
    const pair = pairOfLink({ ...link(folder), skip: ['photos/2019', 'a*b'] }, options, '/state');
    expect(pair.request.options).toMatchObject({ mode: 'two-way', conflict: 'manual', ignore: ['*.tmp', '/photos/2019', '/a\\*b'] });
    expect([pair.source.url, pair.destination.url]).toEqual([folder, 'cloudsync://host/notes']);
    expect(pair.directory).toMatch(/^\/state\/.*-notes-[0-9a-f]{8}$/);
  });

  test('paths of folders that are not kept', () => {
    expect(['photos/', './a/b', '/x'].map(cleanPath)).toEqual(['photos', 'a/b', 'x']);
    expect(() => cleanPath('../x')).toThrow(expect.objectContaining({ code: 'path/unsafe' }));
  });

  test('names of workspaces', () => expect(nameOfWorkspace('cloudsync://h/a%20b')).toBe('a b'));
});
