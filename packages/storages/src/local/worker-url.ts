/**
 * Where a worker's code is: beside the code that starts it, as source while developing and compiled in the package.
 * `name` has no ending.
 */
export function workerUrl(name: string, besideUrl: string): URL {
  return new URL(`./${name}${besideUrl.endsWith('.ts') ? '.ts' : '.js'}`, besideUrl);
}
