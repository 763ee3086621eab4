import type { BenchOptions } from './bench-options.ts';
import type { Contestant } from './contestant.ts';
import { describeMachine } from './machine.ts';

export interface Introduction {
  readonly title: string;
  /** `npm run bench -- <name>` */
  readonly name: string;
  /** What was done to make sure that the times mean something. */
  readonly checks: string;
}

/** The head of a section of the results: when, how, on what, and how each tool was called. */
export function introduce<Tool extends Contestant>(
  options: BenchOptions<Tool>,
  { title, name, checks }: Introduction,
  scratch: string,
): string {
  const shrunk = options.scale === 1 ? '' : ` The trees were shrunk to ${options.scale} of their size, so they say little.`;
  return `## ${title}

Made by \`npm run bench -- ${name} --write\` on ${new Date().toISOString().slice(0, 10)}; ${options.repetitions} repetitions, the tools in turn within each.${shrunk}
${checks}

${describeMachine(scratch).map(asItem).join('\n')}

How each tool was called:

${options.tools.map((tool) => asItem(`${tool.title} ${tool.version}: \`${tool.how}\` (${tool.note})`)).join('\n')}`;
}

function asItem(text: string): string {
  return `- ${text}`;
}
