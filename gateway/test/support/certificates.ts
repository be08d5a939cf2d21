import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

interface Certified {
  /** PEM */
  readonly cert: string;
  /** PEM */
  readonly key: string;
}

/** An authority of the test, and certificates for 127.0.0.1 that it signs (RFC 5280). */
export function testAuthority(): { readonly ca: string; issue(name: string): Certified } {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = certificate('Test Authority', authority.publicKey, authority.privateKey, true);
  return {
    ca: own,
    issue: (name) => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        cert: certificate(name, publicKey, authority.privateKey, false),
        key: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })).export({
          type: 'pkcs8',
          format: 'pem',
        }) as string,
      };
    },
  };
}

let serial = 1;

function certificate(name: string, publicKey: KeyObject, signer: KeyObject, isAuthority: boolean): string {
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const extensions = isAuthority
    ? extension('551d13', true, sequence(der(0x01, Buffer.from([0xff]))))
    : extension('551d11', false, sequence(der(0x87, Buffer.from([127, 0, 0, 1]))));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial++])),
    algorithm,
    distinguishedName('Test Authority'),
    sequence(time('20200101000000Z'), time('21200101000000Z')),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, signer)]));
  const base64 = sequence(content, algorithm, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(hexadecimal: string): Buffer {
  return der(0x06, Buffer.from(hexadecimal, 'hex'));
}

function time(text: string): Buffer {
  return der(0x18, Buffer.from(text));
}

function distinguishedName(name: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))));
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? der(0x01, Buffer.from([0xff])) : Buffer.alloc(0);
  return sequence(oid(id), critical, der(0x04, value));
}
