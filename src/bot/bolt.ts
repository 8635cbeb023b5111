import app from '@slack/bolt/dist/App.js';
import http from '@slack/bolt/dist/receivers/HTTPReceiver.js';
import socketMode from '@slack/bolt/dist/receivers/SocketModeReceiver.js';

/**
 * The parts of Bolt that the bot uses. Bolt's index loads a web framework and receivers for other places with them,
 * which would make every start slower.
 */
export const App = ofModule(app);
export const HTTPReceiver = ofModule(http);
export const SocketModeReceiver = ofModule(socketMode);
export type SocketModeReceiver = InstanceType<typeof SocketModeReceiver>;

/** What a CommonJS module exports by default: Node hands out the module, some loaders hand out that right away. */
function ofModule<Default>(module: { readonly default: Default }): Default {
  return module.default ?? (module as unknown as Default);
}
