/** Shown under `--help` of each command; the first lines are what most people need. */
export const EXAMPLES = {
  cloudsync: `
Examples:
  cloudsync sync ~/docs /media/usb/docs            keep two folders the same
  cloudsync sync ~/docs /media/usb/docs --dry-run  show what would be done
  cloudsync status                                 all pairs of this device
  cloudsync resolve-conflicts                      decide what both sides changed
  cloudsync vault init /media/usb/vault            make an encrypted vault
  cloudsync link ~/docs docs --create              share a folder with other devices
  cloudsync start --detach                         and keep it in sync

Exit codes:
  0 in sync   1 some paths failed   2 wrong usage   3 conflicts left
  4 stopped by a safety guard, nothing changed   130 cancelled`,

  sync: `
Examples:
  cloudsync sync ~/docs /media/usb/docs
  cloudsync sync ~/docs /media/usb/docs --dry-run
  cloudsync sync ~/photos /mnt/nas/photos --mode source-backup
  cloudsync sync ~/src /mnt/src --exclude node_modules/ --exclude '*.tmp'
  cloudsync sync ~/docs /media/usb/docs --conflict manual
  cloudsync sync ~/notes /media/usb/notes --conflict auto-merge
  cloudsync sync ~/docs /mnt/docs --watch
  cloudsync sync ~/docs /mnt/docs --every 15m --bwlimit 2M
  cloudsync sync ~/docs:mirror:/mnt/docs
  cloudsync sync ~/docs vault:/media/usb/docs
  cloudsync sync ~/docs cloudsync://sync.example.com/docs
  cloudsync sync --config pairs.json
  cloudsync sync

Modes (short forms: tw, std or mirror, sb, dts, db):
  two-way                changes travel both ways (default)
  source-to-destination  the destination becomes a mirror of the source
  source-backup          the same, but nothing is deleted at the destination
  destination-to-source  the source becomes a mirror of the destination
  destination-backup     the same, but nothing is deleted at the source

With auto-merge, texts that both sides edited become one: by lines as git does, in
prose (.md, .txt …) by words. What cannot be merged is kept twice.

What is deleted, overwritten or loses a conflict goes to .sync_trash in its root
first; see cloudsync trash --help. A .syncignore file in any folder excludes what
it lists, as a .gitignore does for git.

Exit codes:
  0 in sync   1 some paths failed   2 wrong usage   3 conflicts left
  4 stopped by a safety guard, nothing changed   130 cancelled`,

  status: `
Examples:
  cloudsync status
  cloudsync status --watch
  cloudsync status --json`,

  conflicts: `
Examples:
  cloudsync conflicts
  cloudsync conflicts ~/docs /media/usb/docs --json`,

  resolveConflicts: `
Examples:
  cloudsync resolve-conflicts
  cloudsync resolve-conflicts ~/docs /media/usb/docs
  cloudsync resolve-conflicts --path notes.txt --use source
  cloudsync resolve-conflicts --path notes.txt --use ./merged-notes.txt
  cloudsync resolve-conflicts --all --use both

--use takes source, destination, both (the loser is kept under another name), or
a file with the merged content; write ./source for a file of that name.`,

  trash: `
Examples:
  cloudsync trash list ~/docs
  cloudsync trash restore ~/docs notes/today.txt
  cloudsync trash empty ~/docs --older-than 30d`,

  trashList: `
Examples:
  cloudsync trash list ~/docs
  cloudsync trash list ~/docs --json`,

  trashRestore: `
Examples:
  cloudsync trash restore ~/docs notes/today.txt
  cloudsync trash restore ~/docs notes/today.txt --from 20261121-090500
  cloudsync trash restore ~/docs notes/

The newest deleted content of each path comes back, to where it was.`,

  trashEmpty: `
Examples:
  cloudsync trash empty ~/docs
  cloudsync trash empty ~/docs --older-than 30d`,

  completion: `
Examples:
  cloudsync completion bash > ~/.local/share/bash-completion/completions/cloudsync
  cloudsync completion zsh > ~/.zfunc/_cloudsync      (with fpath+=~/.zfunc in .zshrc)
  cloudsync completion fish > ~/.config/fish/completions/cloudsync.fish`,
} as const;
