// A name service for tests: every name is this machine. The double calls the hub through it; tests give it to our own client.
import type { LookupFunction } from 'node:net';

export const lookupHere: LookupFunction = (_hostname, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
