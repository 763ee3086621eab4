import { AgentConnection } from './control-client.ts';

/** Has the agent, if one runs, read links, settings and credentials again. */
export async function tellAgentToReload(home: string): Promise<void> {
  const agent = await AgentConnection.openIfRunning(home);
  await agent?.ask('reload');
}
