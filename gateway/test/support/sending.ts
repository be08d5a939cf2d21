import { instanceOf } from '../../check/instances.mjs';
import { storeAll } from '../../check/sender.mjs';
import { type Running, until } from './running-gateway.ts';

/** Sends an instance of each name to the gateway. @returns the Status of each response */
export function send(gateway: Running, names: readonly string[], study = 'study', bytes = 512): Promise<number[]> {
  const instances = names.map((name) => instanceOf(study, name, bytes));
  return storeAll({ port: gateway.port, callingAETitle: 'CT' }, instances);
}

/** Waits until every instance has left the outbox. */
export function empty(gateway: Running): Promise<void> {
  return until(() => gateway.files('outbox').length === 0, 'an empty outbox');
}
