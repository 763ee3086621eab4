/** Shown under `--help` of each vault command. */
export const VAULT_EXAMPLES = {
  vault: `
Examples:
  cloudsync vault init /media/usb/docs
  cloudsync sync ~/docs vault:/media/usb/docs
  cloudsync vault log /media/usb/docs
  cloudsync vault restore /media/usb/docs notes/plan.txt@-1

A key opens it: --passphrase-file, --key-file,
CLOUDSYNC_PASSPHRASE, or you are asked. A recovery key
can be given wherever a passphrase is.`,

  init: `
Examples:
  cloudsync vault init /media/usb/docs
  cloudsync vault init /media/usb/docs --recovery-key
  cloudsync vault init ./v --new-key-file ~/.config/v.key
  CLOUDSYNC_PASSPHRASE=… cloudsync vault init ./v

Without a key nobody can read a vault, not even its makers: keep a recovery key
on paper, or a second key (cloudsync vault key add).`,

  key: `
Examples:
  cloudsync vault key list ./v
  cloudsync vault key add ./v --recovery-key
  cloudsync vault key remove ./v 3c0d0c64d073e304
  cloudsync vault key rotate ./v`,

  keyList: `
Examples:
  cloudsync vault key list ./v
  cloudsync vault key list ./v --json`,

  keyAdd: `
Examples:
  cloudsync vault key add ./v
  cloudsync vault key add ./v --recovery-key
  cloudsync vault key add ./v --new-key-file ~/.config/v.key --label laptop`,

  keyRemove: `
Examples:
  cloudsync vault key remove ./v 3c0d0c64d073e304
  cloudsync vault key remove ./v laptop

Who has used the key may have copied what it opens; rotate keeps them from what
comes after.`,

  keyRotate: `
Examples:
  cloudsync vault key rotate ./v
  cloudsync vault key rotate ./v --yes`,

  log: `
Examples:
  cloudsync vault log ./v
  cloudsync vault log ./v --limit 10`,

  ls: `
Examples:
  cloudsync vault ls ./v
  cloudsync vault ls ./v notes
  cloudsync vault ls ./v notes@-1 --recursive
  cloudsync vault ls ./v .@2026-11-21`,

  versions: `
Examples:
  cloudsync vault versions ./v notes/plan.txt
  cloudsync vault versions ./v notes`,

  restore: `
Examples:
  cloudsync vault restore ./v notes/plan.txt@12
  cloudsync vault restore ./v notes@2026-11-21
  cloudsync vault restore ./v --to ./everything
  cloudsync vault restore ./v @12 --to ./everything
  cloudsync vault restore ./v notes/plan.txt@-1 --to /tmp

Into a folder it goes on past damaged files and says which they are.`,

  diff: `
Examples:
  cloudsync vault diff ./v 11 12
  cloudsync vault diff ./v -1 latest`,

  find: `
Examples:
  cloudsync vault find ./v '*.jpg'
  cloudsync vault find ./v 'notes/**' --all
  cloudsync vault find ./v plan.txt --at 12`,

  forget: `
Examples:
  cloudsync vault forget ./v --keep-last 10 --keep-daily 30 --dry-run
  cloudsync vault forget ./v --keep-daily 30 --keep-monthly 12 --keep-yearly unlimited
  cloudsync vault forget ./v --max-versions 20
  cloudsync vault forget ./v @12 @13`,

  check: `
Examples:
  cloudsync vault check ./v
  cloudsync vault check ./v --read-data

Exit codes: 0 no damage, 1 damage found.`,

  repair: `
Examples:
  cloudsync vault repair ./v --dry-run
  cloudsync vault repair ./v`,

  prune: `
Examples:
  cloudsync vault prune ./v --dry-run
  cloudsync vault prune ./v`,

  stats: `
Examples:
  cloudsync vault stats ./v
  cloudsync vault stats ./v --json`,

  unlock: `
Examples:
  cloudsync vault unlock ./v`,

  replica: `
Examples:
  cloudsync vault replica list ./v
  cloudsync vault replica remove ./v old-laptop`,

  replicaList: `
Examples:
  cloudsync vault replica list ./v`,

  replicaRemove: `
Examples:
  cloudsync vault replica remove ./v old-laptop`,
} as const;
