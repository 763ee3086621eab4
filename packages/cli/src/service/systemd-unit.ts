export interface UnitOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The text of a systemd user unit that keeps the agent running (systemd.service(5), systemd.syntax(7)). */
export function systemdUnit({ command, environment }: UnitOptions): string {
  const settings = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return `[Unit]
Description=CloudSync agent: keeps linked folders in sync
Documentation=man:systemd.service(5)

[Service]
ExecStart=${command.map((word) => quoted(word.replaceAll('$', '$$$$'))).join(' ')}
${settings.map((line) => `${line}\n`).join('')}Restart=on-failure
RestartSec=5

[Install]
WantedBy=default.target
`;
}

/** In quotes, where systemd reads backslashes, and % as the beginning of a specifier. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}
