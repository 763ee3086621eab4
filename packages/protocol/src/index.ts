export type * from './channel.ts';
export * from './cursor.ts';
export * from './frame.ts';
export * from './hex.ts';
export * from './limits.ts';
export * from './messages.ts';
export * from './row.ts';
export * from './row-codec.ts';
export { WsChannel, type WsSocket } from './ws-channel.ts';
