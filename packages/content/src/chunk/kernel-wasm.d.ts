/** The compiled kernel in base64; build/kernel.ts writes the module. */
export const KERNEL_WASM: string;
