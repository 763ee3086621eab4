import type { Random } from '../random.ts';
import type { LiveWorld } from './live-world.ts';

const PATHS = ['f', 'g', 'f/h', 'a', 'e'];
const LEVELS = ['none', 'read', 'write'] as const;

/** Takes rights away from the user who is only an editor, and gives them back. */
export class Rights {
  readonly #world: LiveWorld;

  constructor(world: LiveWorld) {
    this.#world = world;
  }

  /** Another role, or another rule for a path. */
  async change(random: Random): Promise<boolean> {
    const { server, editor, trace } = this.#world;
    const { access, workspace } = server;
    if (random.chance(0.3)) {
      const to = random.pick(['viewer', 'editor'] as const);
      await access.members.changeRole({ workspace: workspace.id, userId: editor, to, actor: 'owner', add: false });
      trace.add(`the editor is ${to} now`);
    } else {
      const rule = { path: random.pick(PATHS), user: random.pick([editor, '*']), level: random.pick(LEVELS) };
      await access.members.setRule(workspace.id, rule);
      trace.add(`a rule: ${JSON.stringify(rule)}`);
    }
    this.#changed();
    return true;
  }

  /** Everybody may do everything again. */
  async giveBack(): Promise<void> {
    const { server, editor } = this.#world;
    const { access, workspace } = server;
    const rules = await access.members.rules(workspace.id);
    const role = await access.members.roleOf(workspace.id, editor);
    if (rules.length === 0 && role === 'editor') return;
    for (const rule of rules) await access.members.removeRule(workspace.id, rule);
    await access.members.changeRole({ workspace: workspace.id, userId: editor, to: 'editor', actor: 'owner', add: false });
    this.#changed();
    this.#world.trace.add('all rights are given back');
  }

  #changed(): void {
    const { server, ledger } = this.#world;
    server.access.changed({ type: 'rights', workspace: server.workspace.id });
    // Who sees something else than before unites what he has with what he sees: deletions made meanwhile can be undone by that.
    for (const content of ledger.written) ledger.touched.add(content);
  }
}
