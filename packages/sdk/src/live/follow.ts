import type { ChangeEvent } from '../events.ts';
import { LiveWorkspace, type LiveWorkspaceOptions } from './live-workspace.ts';

export interface FollowOptions extends LiveWorkspaceOptions {
  readonly onChange: (change: ChangeEvent) => void;
}

/** A workspace that is followed. */
export interface Following {
  close(): Promise<void>;
}

/** Tells of every change of a workspace, also of those that happen while the connection is lost for a moment. */
export async function follow({ onChange, ...options }: FollowOptions): Promise<Following> {
  const live = new LiveWorkspace(options);
  try {
    await live.ready();
  } catch (error) {
    await live.close();
    throw error;
  }
  tellChanges(live, onChange);
  return live;
}

/** Tells of what others change in a workspace that is open. */
export function tellChanges(live: LiveWorkspace, onChange: (change: ChangeEvent) => void): void {
  live.listen({
    onRows: ({ rows, own, pathOf }) => {
      if (own !== undefined) return;
      const { workspace } = live.opened;
      for (const { id, kind, action, sequence } of rows) onChange({ workspace, path: pathOf(id), kind, action, version: sequence });
    },
  });
}
