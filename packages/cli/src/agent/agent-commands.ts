import { deviceHome, surroundings } from '../device/state-home.ts';
import { linksMeant, nameOfWorkspace } from '../links/find-link.ts';
import { LinkFile } from '../links/link-file.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { whenAgentEnded } from './agent-lock.ts';
import { AgentConnection } from './control/control-client.ts';
import { tellAgentToReload } from './control/tell-agent.ts';

/** `cloudsync stop`: returns when the agent has ended. @returns the exit code */
export async function stopCommand(terminal: Terminal): Promise<number> {
  const home = deviceHome(surroundings());
  const agent = await AgentConnection.open(home);
  await agent.ask('stop');
  await whenAgentEnded(home);
  terminal.out('The agent has stopped');
  return 0;
}

/** `cloudsync pause` and `resume`: kept until the other is said, also when the agent is started anew. @returns the exit code */
export async function pauseCommand(given: string | undefined, paused: boolean, terminal: Terminal): Promise<number> {
  const around = surroundings();
  const home = deviceHome(around);
  const file = new LinkFile(home);
  for (const link of linksMeant(file.all(), given, around.cwd)) {
    if (link.paused !== paused) await file.change(link, { paused });
    terminal.out(`${nameOfWorkspace(link.workspace)}: ${paused ? 'paused' : 'resumed'}`);
  }
  await tellAgentToReload(home);
  return 0;
}
