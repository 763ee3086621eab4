import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { ServerDatabase } from './server-database.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cloudsync-database-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const newFile = (): string => join(scratch, `${count++}.db`);

const addAuthor = (database: ServerDatabase, user: string): unknown =>
  database.prepare("insert into authors (user, device) values (?, '')").run(user);
const authors = (database: ServerDatabase): unknown[] =>
  database
    .prepare('select user from authors order by number')
    .all()
    .map(({ user }) => user);

describe('the database', () => {
  it('is for one server at a time', async () => {
    const file = newFile();
    const first = await ServerDatabase.open(file);
    await expect(ServerDatabase.open(file)).rejects.toMatchObject({ code: 'server/locked' });
    await first.close();
    await (await ServerDatabase.open(file)).close();
  });

  it('of a newer version is refused and left as it is', async () => {
    const file = newFile();
    const database = await ServerDatabase.open(file);
    database.prepare("insert into kysely_migration (name, timestamp) values ('9999-flying-cars', '')").run();
    await database.close();
    await expect(ServerDatabase.open(file)).rejects.toMatchObject({
      code: 'server/newer-version',
      message: expect.stringContaining('9999-flying-cars'),
    });
    const untouched = new DatabaseSync(file);
    expect(untouched.prepare('select count(*) as count from kysely_migration where name > ?').get('9')).toEqual({ count: 1 });
    untouched.close();
  });

  it('that is damaged is refused', async () => {
    const file = newFile();
    const database = await ServerDatabase.open(file);
    await database.transaction(() => {
      for (let index = 0; index < 2_000; index++) addAuthor(database, `user ${index}`);
    });
    await database.close();
    const bytes = readFileSync(file);
    for (let page = 8; page < bytes.length / 4_096 - 1; page++) bytes.fill(0xa5, page * 4_096 + 16, page * 4_096 + 900);
    writeFileSync(file, bytes);
    await expect(ServerDatabase.open(file)).rejects.toMatchObject({ code: 'server/damaged' });
    writeFileSync(file, 'this is no database at all, but it is long enough to look like one. '.repeat(20));
    await expect(ServerDatabase.open(file)).rejects.toMatchObject({ code: 'server/damaged' });
  });

  it('where nothing can be opened says so', async () => {
    await expect(ServerDatabase.open(join(scratch, 'not there', 'a.db'))).rejects.toMatchObject({ code: 'storage/denied' });
  });

  it('a transaction that fails leaves nothing, a part of one that fails only its own', async () => {
    const database = await ServerDatabase.open(':memory:');
    const defect = new Error('a defect');
    const fail = (): never => {
      throw defect;
    };
    await expect(
      database.transaction(() => {
        addAuthor(database, 'a');
        fail();
      }),
    ).rejects.toBe(defect);
    expect(authors(database)).toEqual([]);
    await database.transaction(() => {
      addAuthor(database, 'b');
      const part = (): void => {
        addAuthor(database, 'c');
        fail();
      };
      expect(() => database.savepoint(part)).toThrow(defect);
      database.savepoint(() => addAuthor(database, 'd'));
    });
    expect(authors(database)).toEqual(['b', 'd']);
  });

  it('transactions of the query builder and of the journal wait for each other', async () => {
    const database = await ServerDatabase.open(':memory:');
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = database.kysely.transaction().execute(async (trx) => {
      await trx.insertInto('authors').values({ user: 'slow', device: '' }).execute();
      begun.resolve();
      await end.promise;
      await trx.insertInto('authors').values({ user: 'slow too', device: '' }).execute();
    });
    await begun.promise;
    const quick = database.transaction(() => addAuthor(database, 'quick'));
    end.resolve();
    await Promise.all([slow, quick]);
    expect(authors(database)).toEqual(['slow', 'slow too', 'quick']);
  });

  it('a full disk undoes everything and says so', async () => {
    const database = await ServerDatabase.open(':memory:');
    database.prepare('pragma max_page_count = 200').get();
    const fill = (): void => {
      for (let index = 0; index < 100_000; index++) addAuthor(database, `user ${index}`);
    };
    await expect(database.transaction(fill)).rejects.toMatchObject({ code: 'storage/no-space' });
    expect(authors(database)).toEqual([]);
    await database.transaction(() => addAuthor(database, 'a'));
    expect(authors(database)).toEqual(['a']);
  });
});
