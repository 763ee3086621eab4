/** Shown under `--help` of the commands of live sync. */
export const LIVE_EXAMPLES = {
  serve: `
Examples:
  cloudsync serve
  cloudsync serve --data /srv/cloudsync --host 0.0.0.0 --port 443 \\
    --tls-cert fullchain.pem --tls-key privkey.pem
  cloudsync serve --data ./data --port 0 --owner-key-file owner.key

It runs until Ctrl-C. The first start prints the owner's API key, once.`,

  login: `
Examples:
  cloudsync login --endpoint https://sync.example.com
  cloudsync login --endpoint http://127.0.0.1:8787 --api-key-file owner.key`,

  logout: `
Examples:
  cloudsync logout`,

  whoami: `
Examples:
  cloudsync whoami`,

  init: `
Examples:
  cloudsync init
  cloudsync init ~/notes
  cloudsync init ~/notes team-notes`,

  link: `
Examples:
  cloudsync link ~/notes notes
  cloudsync link ~/notes notes --create
  cloudsync link ~/notes cloudsync://sync.example.com/notes --skip archive`,

  unlink: `
Examples:
  cloudsync unlink ~/notes`,

  select: `
Examples:
  cloudsync select ~/notes
  cloudsync select ~/notes --skip photos/2019 --keep photos/2026
  cloudsync select ~/notes --all

What is not kept is left alone: nothing is deleted here or on the server.`,

  start: `
Examples:
  cloudsync start
  cloudsync start --detach`,

  stop: `
Examples:
  cloudsync stop`,

  pause: `
Examples:
  cloudsync pause
  cloudsync pause ~/notes`,

  resume: `
Examples:
  cloudsync resume
  cloudsync resume ~/notes`,

  logs: `
Examples:
  cloudsync logs
  cloudsync logs --follow
  cloudsync logs --lines 500 --json`,

  service: `
Examples:
  cloudsync service install`,

  serviceInstall: `
Examples:
  cloudsync service install
  cloudsync service install --print`,

  serviceUninstall: `
Examples:
  cloudsync service uninstall`,

  config: `
Examples:
  cloudsync config list
  cloudsync config set sync.mode scheduled
  cloudsync config set sync.interval 30m`,

  configGet: `
Examples:
  cloudsync config get sync.mode
  cloudsync config get sync.conflicts --folder ~/notes`,

  configSet: `
Examples:
  cloudsync config set sync.mode manual
  cloudsync config set sync.conflicts auto-merge --folder ~/notes
  cloudsync config set sync.filters '*.tmp' node_modules/
  cloudsync config set limits.bandwidth 1M:500K`,

  configList: `
Examples:
  cloudsync config list
  cloudsync config list --json`,

  configUnset: `
Examples:
  cloudsync config unset sync.filters`,

  list: `
Examples:
  cloudsync ls
  cloudsync ls drafts --recursive
  cloudsync ls --workspace team --trash`,

  versions: `
Examples:
  cloudsync versions plan.txt
  cloudsync versions drafts/plan.txt --workspace team --json`,

  restore: `
Examples:
  cloudsync restore plan.txt
  cloudsync restore plan.txt --at 12

An old version comes back as a new one: nothing is lost by it.`,

  activity: `
Examples:
  cloudsync activity
  cloudsync activity --workspace team --limit 100`,

  share: `
Examples:
  cloudsync share create plan.txt --expires 7d`,

  shareCreate: `
Examples:
  cloudsync share create plan.txt
  cloudsync share create photos --expires 7d --max-downloads 10 --password-file -`,

  shareList: `
Examples:
  cloudsync share list`,

  shareRemove: `
Examples:
  cloudsync share remove k3x9`,

  members: `
Examples:
  cloudsync members add ann@example.com --role editor`,

  memberList: `
Examples:
  cloudsync members list --workspace team`,

  memberAdd: `
Examples:
  cloudsync members add ann@example.com
  cloudsync members add ann@example.com --role viewer --workspace team`,

  memberRemove: `
Examples:
  cloudsync members remove ann@example.com`,

  users: `
Examples:
  cloudsync users add Ann --email ann@example.com --key-file ann.key`,

  userList: `
Examples:
  cloudsync users list`,

  userAdd: `
Examples:
  cloudsync users add Ann --email ann@example.com --key-file ann.key
  cloudsync members add ann@example.com --role editor`,

  userDisable: `
Examples:
  cloudsync users disable ann@example.com`,

  webhooks: `
Examples:
  cloudsync webhooks add https://example.com/hook`,

  webhookList: `
Examples:
  cloudsync webhooks list`,

  webhookAdd: `
Examples:
  cloudsync webhooks add https://example.com/hook
  cloudsync webhooks add https://example.com/hook --event file.deleted`,

  webhookRemove: `
Examples:
  cloudsync webhooks remove w7f2`,

  webhookTest: `
Examples:
  cloudsync webhooks test w7f2`,

  keys: `
Examples:
  cloudsync keys create --name laptop`,

  keyList: `
Examples:
  cloudsync keys list`,

  keyCreate: `
Examples:
  cloudsync keys create --name laptop > laptop.key
  cloudsync keys create --name backup --scope files:read --expires 30d`,

  keyRevoke: `
Examples:
  cloudsync keys revoke laptop`,
} as const;
