import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataSetOf, element, instanceOf, sha256, uidOf } from '../check/instances.mjs';
import { openToStore, storeAll, storeOn } from '../check/sender.mjs';
import { addressList } from '../src/addresses.mjs';
import { Reject } from '../src/association/associate-pdu.mjs';
import { CommandField } from '../src/association/command-set.mjs';
import { openAssociation } from '../src/association/requestor.mjs';
import { findIdentity } from '../src/dicom/identity.mjs';
import { storageService } from '../src/services/storage.mjs';
import { testAuthority } from './support/certificates.ts';
import { runGateway, scratch, until } from './support/running-gateway.ts';

test('an instance that is acknowledged is a Part 10 file in the outbox, with the data set that was sent', async () => {
  const gateway = await runGateway();
  const instances = ['1.2.840.10008.1.2.4.201', '1.2.840.10008.1.2.4.50', '1.2.3.4.5'].map(
    (transferSyntaxUID, index) => ({
      ...instanceOf('study', `i${index}`, 100_000 * index),
      transferSyntaxUID,
    }),
  );
  expect(await storeAll({ port: gateway.port, callingAETitle: 'CT 3' }, instances)).toEqual([0, 0, 0]);
  const files = gateway.files('outbox');
  expect(files.length).toBe(3);
  for (const [index, path] of files.entries()) {
    const file = readFileSync(path);
    const { data, sopInstanceUID, transferSyntaxUID } = instances[index]!;
    expect(dataSetOf(file).equals(data)).toBe(true);
    expect(path).toContain(`/outbox/CT%203/`);
    expect(path).toContain(`~${uidOf('study')}~${sopInstanceUID}~${sha256(file)}.dcm`);
    const meta = findIdentity(file.subarray(132), '1.2.840.10008.1.2.1', true);
    expect(meta.state).toBe('complete');
    expect(file.subarray(0, 400).includes(`${transferSyntaxUID}${transferSyntaxUID.length % 2 ? '\0' : ''}`)).toBe(
      true,
    );
    expect(
      file.subarray(0, 400).includes(Buffer.concat([Buffer.from([2, 0, 0x16, 0]), Buffer.from('AE\x04\0CT 3')])),
    ).toBe(true);
  }
  expect(gateway.files('incoming')).toEqual([]);
});

test('the same instance again is acknowledged and kept once; other content under the same UID is kept too', async () => {
  const gateway = await runGateway();
  const to = { port: gateway.port, callingAETitle: 'CT' };
  const one = instanceOf('study', 'one');
  const other = { ...one, data: Buffer.concat([one.data, element(0x7fe1, 0x0010, 'LO', 'OTHER')]) };
  expect(await storeAll(to, [one, one, other, one])).toEqual([0, 0, 0, 0]);
  expect(gateway.files('outbox').length).toBe(2);
  // What is received is what is forwarded, refused or waits, and what came again.
  const metrics = await gateway.page('/metrics');
  expect(metrics).toContain('gateway_received_total{ae="CT"} 4\n');
  expect(metrics).toContain('gateway_received_again_total{ae="CT"} 2\n');
  expect(metrics).toContain('gateway_queue_instances{ae="CT"} 2\n');
  expect(await gateway.page('/')).toContain('<td>4</td><td>2</td>');
});

test('what the archive could not store is refused, so that the modality learns of it', async () => {
  const gateway = await runGateway({
    toml: '[dimse]\nport = 0\nhost = "127.0.0.1"\nprivateSOPClasses = ["1.2.999.*"]',
  });
  const whole = instanceOf('study', 'whole');
  const without = (tag: string) => {
    const at = whole.data.indexOf(Buffer.from(tag, 'hex'));
    const end = at + 8 + whole.data.readUInt16LE(at + 6);
    return { ...whole, data: Buffer.concat([whole.data.subarray(0, at), whole.data.subarray(end)]) };
  };
  const ofClass = (sopClassUID: string) => ({ ...whole, sopClassUID });
  const statuses = await storeAll({ port: gateway.port, callingAETitle: 'CT' }, [
    without('20000d00'),
    { ...whole, sopInstanceUID: '1.2.3' },
    { ...whole, data: Buffer.from('this is no data set at all, and it is long enough') },
    { ...whole, data: Buffer.alloc(0) },
    { ...without('08001800'), sopInstanceUID: '' },
    // Odd, but the archive can store it.
    ofClass('1.2.999.1'),
    { ...whole, sopInstanceUID: 'no UID/../' },
  ]);
  expect(statuses.map((status) => status.toString(16))).toEqual(['a900', 'a900', 'c000', 'a900', '117', 'b007', '0']);
  await expect(storeAll({ port: gateway.port, callingAETitle: 'CT' }, [ofClass('1.2.99.1')])).rejects.toThrow(
    'context',
  );
  expect(gateway.files('outbox').length).toBe(2);
  expect(gateway.files('incoming')).toEqual([]);
  expect(gateway.lines.filter(({ event }) => event === 'store-failed').length).toBe(5);
});

test('an association that breaks in the middle of a data set leaves nothing', async () => {
  const gateway = await runGateway();
  const instance = instanceOf('study', 'large', 3_000_000);
  const association = await openToStore({ port: gateway.port, callingAETitle: 'CT' }, [instance]);
  const pieces = (async function* () {
    yield instance.data.subarray(0, 2_000_000);
    await until(() => gateway.files('incoming').length === 1, 'a file that is being received');
    association.abort();
  })();
  const context = association.contextFor(instance.sopClassUID)!;
  const command = { CommandField: CommandField.C_STORE_RQ, AffectedSOPInstanceUID: instance.sopInstanceUID };
  await expect(association.request(context, command, pieces)).rejects.toThrow('closed');
  await until(() => gateway.files('incoming').length === 0, 'the file to go');
  expect(gateway.files('outbox')).toEqual([]);
  expect(await storeAll({ port: gateway.port, callingAETitle: 'CT' }, [instance])).toEqual([0]);
});

test('only the AE titles and addresses of the list are let in', async () => {
  const gateway = await runGateway({
    head: '[[sender]]\naeTitle = "CT"\naddresses = ["127.0.0.0/8"]\n[[sender]]\naeTitle = "MR"\naddresses = ["10.1.0.0/16"]',
  });
  const instances = [instanceOf('study', 'one')];
  const to = { port: gateway.port };
  expect(await storeAll({ ...to, callingAETitle: 'CT' }, instances)).toEqual([0]);
  await expect(storeAll({ ...to, callingAETitle: 'MR' }, instances)).rejects.toMatchObject(Reject.CallingAETitle);
  await expect(storeAll({ ...to, callingAETitle: 'XA' }, instances)).rejects.toMatchObject(Reject.CallingAETitle);
  const other = storeAll({ ...to, callingAETitle: 'CT', calledAETitle: 'ELSE' }, instances);
  await expect(other).rejects.toMatchObject(Reject.CalledAETitle);
  expect(addressList(['fd00::/8'])('fd12::1')).toBe(true);
  expect(addressList(['10.0.0.1'])('::ffff:10.0.0.1')).toBe(true);
  expect(() => addressList(['scanner.local'])).toThrow('scanner.local');
});

test('a disk that is nearly full refuses associations as transient, and instances as out of resources', async () => {
  const gateway = await runGateway({ toml: `[outbox]\nminFreeBytes = ${Number.MAX_SAFE_INTEGER}` });
  const instance = instanceOf('study', 'one');
  const to = { port: gateway.port, callingAETitle: 'CT' };
  await expect(openToStore(to, [instance])).rejects.toMatchObject(Reject.LocalLimitExceeded);
  expect(await gateway.page('/metrics')).toContain('gateway_associations_rejected_total 1');
  expect(gateway.lines.find(({ event }) => event === 'association-refused')?.reason).toContain('disk');
  expect(gateway.lines.filter(({ event }) => event === 'disk-full').map(({ level }) => level)).toEqual(['error']);
  // The disk becomes full while an association is open.
  const { listen } = await import('../src/association/acceptor.mjs');
  const space = { isShort: true, measure: async () => {} };
  const service = storageService({ outbox: undefined, space, privateClasses: [], onStored: () => {} } as never);
  const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [service] });
  const association = await openToStore({ ...to, port: acceptor.port }, [instance]);
  expect((await storeOn(association, instance)).toString(16)).toBe('a700');
  await association.release();
  await acceptor.close();
});

test('TLS with certificates on both sides', async () => {
  const authority = testAuthority();
  const folder = scratch();
  const server = authority.issue('gateway');
  writeFileSync(join(folder, 'cert.pem'), server.cert);
  writeFileSync(join(folder, 'key.pem'), server.key);
  writeFileSync(join(folder, 'ca.pem'), authority.ca);
  const gateway = await runGateway({
    folder,
    toml: '[dimse]\nport = 0\nhost = "127.0.0.1"\n[dimse.tls]\ncertFile = "cert.pem"\nkeyFile = "key.pem"\ncaFile = "ca.pem"',
  });
  const instances = [instanceOf('study', 'one', 500_000)];
  const to = { port: gateway.port, callingAETitle: 'CT' };
  const tls = { ca: authority.ca, ...authority.issue('scanner') };
  expect(await storeAll({ ...to, tls }, instances)).toEqual([0]);
  await expect(storeAll({ ...to, tls: { ca: authority.ca } }, instances)).rejects.toThrow();
  await expect(
    storeAll({ ...to, tls: { ca: authority.ca, ...testAuthority().issue('other') } }, instances),
  ).rejects.toThrow();
  await expect(storeAll({ ...to, timeouts: { artim: 2000 } }, instances)).rejects.toThrow();
  expect(gateway.files('outbox').length).toBe(1);
});

test('a new start finds the full outbox, and a second gateway does not take the same folder', async () => {
  const folder = scratch();
  const first = await runGateway({ folder });
  await storeAll({ port: first.port, callingAETitle: 'CT' }, [instanceOf('study', 'one'), instanceOf('study', 'two')]);
  await expect(runGateway({ folder })).rejects.toThrow('another gateway');
  await first.stop();
  writeFileSync(join(folder, 'data/incoming/left-behind'), 'x');
  // What does not belong there does not hide the rest.
  writeFileSync(join(folder, 'data/outbox/.stray'), 'x');
  writeFileSync(join(folder, 'data/outbox/CT/stray.dcm'), 'x');
  const second = await runGateway({ folder });
  await until(async () => (await second.page('/metrics')).includes('gateway_queue_instances{ae="CT"} 2'), 'the queue');
  expect(existsSync(join(folder, 'data/incoming/left-behind'))).toBe(false);
});

test('the page and the metrics tell the state of each sender, and answer under names of this machine alone', async () => {
  const gateway = await runGateway();
  await storeAll({ port: gateway.port, callingAETitle: '<CT>"' }, [instanceOf('study', 'one')]);
  await until(async () => (await gateway.page('/')).includes('no answer from the archive'), 'the last error');
  const page = await gateway.page('/');
  expect(page).toContain('&#60;CT&#62;&#34;');
  expect(page).not.toContain('Gateway^Test');
  const metrics = await gateway.page('/metrics');
  expect(metrics).toContain('gateway_queue_instances{ae="<CT>\\""} 1');
  expect(metrics).toContain('gateway_received_total{ae="<CT>\\""} 1');
  expect(metrics).toContain('gateway_archive_waiting 1');
  const { request } = await import('node:http');
  const status = await new Promise((resolve) => {
    const options = { port: gateway.pagePort, host: '127.0.0.1', headers: { Host: 'evil.example' } };
    request(options, (response) => resolve(response.resume().statusCode)).end();
  });
  expect(status).toBe(421);
  expect(JSON.stringify(gateway.lines)).not.toContain('Gateway^Test');
});

test('the UIDs of a data set are found behind sequences, in every encoding, whatever is cut off', () => {
  const explicit = instanceOf('study', 'one').data;
  const sequence = Buffer.concat([
    Buffer.from('0800401153510000ffffffff', 'hex'),
    Buffer.from('feff00e0ffffffff', 'hex'),
    element(0x0020, 0x000d, 'UI', '9.9.9'),
    Buffer.from('feff0de000000000feffdde000000000', 'hex'),
  ]);
  const at = explicit.indexOf(element(0x0010, 0x0010, 'PN', 'Gateway^Test'));
  const nested = Buffer.concat([explicit.subarray(0, at), sequence, explicit.subarray(at)]);
  const found = findIdentity(nested, '1.2.840.10008.1.2.1', true);
  expect(found.state).toBe('complete');
  expect(found.identity.studyInstanceUID).toBe(uidOf('study'));
  for (let length = 0; length < 600; length++) {
    const { state, identity } = findIdentity(nested.subarray(0, length), '1.2.840.10008.1.2.1', false);
    if (state === 'complete') expect(identity).toEqual(found.identity);
    else expect(state).toBe('more');
  }
});

test('an association that only asks is not bothered by the list of storage classes', async () => {
  const gateway = await runGateway();
  const association = await openAssociation({
    host: '127.0.0.1',
    port: gateway.port,
    callingAETitle: 'CT',
    calledAETitle: 'GATEWAY',
    contexts: [
      { abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] },
      { abstractSyntax: '1.2.840.10008.5.1.4.1.2.9.9', transferSyntaxes: ['1.2.840.10008.1.2'] },
    ],
  });
  expect([...association.contexts.keys()]).toEqual([1]);
  await association.release();
});
