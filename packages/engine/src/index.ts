export * from './model/entry.ts';
export * from './model/error.ts';
