import { fileId, sequence } from '@cloudsync/protocol/rest/files';
import { workspaceParams } from './workspace-visit.ts';

/** One file of a workspace, and one version of it. */
export const fileParams = workspaceParams.extend({ file: fileId });
export const versionParams = fileParams.extend({ version: sequence });
