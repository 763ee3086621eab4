/** The path of the operating system for a path of the tree. `root` is absolute; `path` is safe (engine, model/path.ts). */
export function absoluteOf(root: string, path: string): string {
  if (path === '') return root;
  return root.endsWith('/') ? root + path : `${root}/${path}`;
}
