import app from '@slack/bolt/dist/App.js';
import http from '@slack/bolt/dist/receivers/HTTPReceiver.js';
import socketMode from '@slack/bolt/dist/receivers/SocketModeReceiver.js';

/**
 * The parts of Bolt that the bot uses. Bolt's index loads a web framework and receivers for other places with them,
 * which would make every start slower.
 */
export const App = app.default;
export const HTTPReceiver = http.default;
export const SocketModeReceiver = socketMode.default;
export type SocketModeReceiver = InstanceType<typeof SocketModeReceiver>;
