import { associateRequestPDU } from '../../src/association/associate-pdu.mjs';
import { CommandField, NO_DATA_SET, writeCommand } from '../../src/association/command-set.mjs';
import { abortPDU, dataHeader, pdu, RELEASE_RQ } from '../../src/association/pdu.mjs';
import { CT, EXPLICIT, element, instanceOf } from '../instances.mjs';

/** What a peer sends on one connection, made from random numbers: PS3.8 9.3, PS3.7 9.3. */

const VERIFICATION = '1.2.840.10008.1.1';
const STUDY_FIND = '1.2.840.10008.5.1.4.1.2.2.1';
const STUDY_GET = '1.2.840.10008.5.1.4.1.2.2.3';
const PUSH_MODEL = '1.2.840.10008.1.20.1';
const IMPLICIT = '1.2.840.10008.1.2';

/** Values that break something more often than others. */
const ODD_BYTES = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff];
const ODD_LENGTHS = [0, 1, 4, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** A sender's PDUs have at most so many bytes of a fragment. */
const FRAGMENTS = [16, 100, 1000, 16_372];

/**
 * @typedef {ReturnType<typeof import('../../../test/support/seeded-random.ts').seededRandom>} Random
 * @typedef {object} Connection
 * @property {string} kind
 * @property {Buffer[]} pieces what is written at a time
 * @property {boolean} isCut the sender breaks off at the end
 */

/** @type {[string, (random: Random, at: number) => Buffer][]} */
const KINDS = [
  ['changed bytes', (random, at) => changed(random, whole(random, at))],
  ['changed bytes after the association', (random, at) => changed(random, whole(random, at), associate(random).length)],
  ['cut in the middle of a PDU', (random, at) => cut(random, whole(random, at))],
  ['aborted in the middle of a message', (random, at) => Buffer.concat([cutMessage(random, at), abortPDU(0, 0)])],
  ['released in the middle of a message', (random, at) => Buffer.concat([cutMessage(random, at), RELEASE_RQ])],
  ['128 presentation contexts', (random, at) => Buffer.concat([associate(random, 128), message(random, at, 255)])],
  ['more than 128 contexts, or doubled IDs', (random) => associate(random, 129 + random.below(200))],
  ['a PDU of a length that is not true', (random, at) => wrongLength(random, whole(random, at))],
  ['PDUs in the wrong order', (random, at) => shuffled(random, at)],
  ['bytes of nothing', (random) => noise(random, random.below(5000))],
  ['fragments that do not fit the message', (random, at) => wrongFragments(random, at)],
  [
    'a broken data set',
    (random, at) => Buffer.concat([associate(random), store(random, brokenInstance(random, at), 3)]),
  ],
  ['a broken identifier', (random) => Buffer.concat([associate(random), find(random, true)])],
];

/**
 * @param {Random} random
 * @param {number} at the number of the case
 * @returns {Connection}
 */
export function connectionOf(random, at) {
  const [kind, make] = random.pick(KINDS);
  const bytes = make(random, at);
  /** @type {Buffer[]} */
  const pieces = [];
  const size = random.pick([7, 1000, 1 << 20]);
  const most = size === 7 ? Math.min(bytes.length, 700) : bytes.length;
  for (let from = 0; from < most; from += size) pieces.push(bytes.subarray(from, from + size));
  if (most < bytes.length) pieces.push(bytes.subarray(most));
  return { kind, pieces, isCut: random.below(6) === 0 };
}

/** A whole association that is as it must be. @param {Random} random @param {number} at */
function whole(random, at) {
  return Buffer.concat([associate(random), message(random, at, 3), RELEASE_RQ]);
}

/** @param {Random} random @param {number} [contexts] */
function associate(random, contexts = 6) {
  const usual = [VERIFICATION, CT, STUDY_FIND, STUDY_GET, PUSH_MODEL, '1.2.840.10008.5.1.4.1.1.4'];
  const isDoubled = contexts > 128 && random.below(2) === 0;
  return associateRequestPDU({
    calledAETitle: 'GATEWAY',
    callingAETitle: `FUZZ${random.below(4)}`,
    maximumLength: random.pick([0, 16_384, 128, 1, 0xffff_ffff]),
    implementationClassUID: '1.2.3',
    implementationVersionName: 'FUZZ',
    roles: random.below(3) === 0 ? [{ sopClassUID: CT, scu: true, scp: true }] : [],
    contexts: Array.from({ length: contexts }, (_, index) => ({
      id: isDoubled ? 1 : (2 * index + 1) & 0xff,
      abstractSyntax: usual[index] ?? CT,
      transferSyntaxes: index === 1 || index > 5 ? [EXPLICIT] : [IMPLICIT, EXPLICIT],
    })),
  });
}

/** @param {Random} random @param {number} at @param {number} context of the C-STORE */
function message(random, at, context) {
  switch (context === 3 ? random.below(5) : 0) {
    case 1:
      return fragments(
        random,
        1,
        true,
        writeCommand({ CommandField: CommandField.C_ECHO_RQ, MessageID: 1, CommandDataSetType: NO_DATA_SET }),
      );
    case 2:
      return find(random, false);
    case 3:
      return Buffer.concat([
        find(random, false),
        fragments(
          random,
          5,
          true,
          writeCommand({
            CommandField: CommandField.C_CANCEL_RQ,
            MessageIDBeingRespondedTo: 1,
            CommandDataSetType: NO_DATA_SET,
          }),
        ),
      ]);
    default:
      return store(random, instanceOf(`fuzz ${at % 50}`, String(at), random.pick([512, 4000, 50_000])), context);
  }
}

/** @param {Random} random @param {import('../instances.mjs').Instance} instance @param {number} context */
function store(random, { sopClassUID, sopInstanceUID, data }, context) {
  const command = writeCommand({
    CommandField: CommandField.C_STORE_RQ,
    MessageID: 1,
    AffectedSOPClassUID: sopClassUID,
    AffectedSOPInstanceUID: sopInstanceUID,
    Priority: 0,
    CommandDataSetType: 0,
  });
  return Buffer.concat([fragments(random, context, true, command), fragments(random, context, false, data)]);
}

/** @param {Random} random @param {boolean} isBroken */
function find(random, isBroken) {
  const command = writeCommand({
    CommandField: CommandField.C_FIND_RQ,
    MessageID: 1,
    AffectedSOPClassUID: STUDY_FIND,
    Priority: 0,
    CommandDataSetType: 0,
  });
  const identifier = implicit(
    Buffer.concat([
      element(0x0008, 0x0052, 'CS', 'STUDY'),
      element(0x0010, 0x0010, 'PN', random.pick(['*', 'A?*', '', '\\\\', 'x'.repeat(300)])),
    ]),
  );
  const sent = isBroken ? changed(random, identifier) : identifier;
  return Buffer.concat([fragments(random, 5, true, command), fragments(random, 5, false, sent)]);
}

/** Explicit VR of short elements as implicit VR. @param {Buffer} explicit */
function implicit(explicit) {
  const bytes = Buffer.from(explicit);
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16LE(at + 6);
    bytes.writeUInt32LE(length, at + 4);
    at += 8 + length;
  }
  return bytes;
}

/** @param {Random} random @param {number} context @param {boolean} isCommand @param {Buffer} bytes */
function fragments(random, context, isCommand, bytes) {
  const most = bytes.length > 10_000 ? 16_372 : random.pick(FRAGMENTS);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += most) {
    const piece = bytes.subarray(at, at + most);
    pieces.push(dataHeader(context, isCommand, at + most >= bytes.length, piece.length), piece);
  }
  return Buffer.concat(pieces);
}

/** @param {Random} random @param {Buffer} bytes @param {number} [from] */
function changed(random, bytes, from = 0) {
  const result = Buffer.from(bytes);
  const first = Math.min(from, result.length - 1);
  // Mostly near the beginning, where the headers are.
  for (let faults = 1 + random.below(6); faults > 0; faults--) {
    const range = random.below(2) === 0 ? Math.min(600, result.length - first) : result.length - first;
    result[first + random.below(range)] = random.below(2) === 0 ? random.pick(ODD_BYTES) : random.below(256);
  }
  return result;
}

/** @param {Random} random @param {Buffer} bytes */
function cut(random, bytes) {
  return bytes.subarray(0, random.below(bytes.length));
}

/** @param {Random} random @param {number} at */
function cutMessage(random, at) {
  return Buffer.concat([associate(random), cut(random, message(random, at, 3))]);
}

/** @param {Random} random @param {Buffer} bytes */
function wrongLength(random, bytes) {
  const result = Buffer.from(bytes);
  const places = [];
  for (let at = 0; at + 6 <= result.length; at += 6 + result.readUInt32BE(at + 2)) places.push(at);
  const place = random.pick(places);
  result.writeUInt32BE(random.below(3) === 0 ? random.below(100_000) : random.pick(ODD_LENGTHS), place + 2);
  return result;
}

/** @param {Random} random @param {number} at */
function shuffled(random, at) {
  const pdus = [
    associate(random),
    message(random, at, 3),
    RELEASE_RQ,
    pdu(6, Buffer.alloc(4)),
    pdu(2, Buffer.alloc(random.below(100))),
    pdu(3, Buffer.alloc(4)),
    pdu(8 + random.below(248), noise(random, random.below(50))),
    associate(random),
  ];
  const first = random.below(3) > 0 ? [associate(random)] : [];
  return Buffer.concat([
    ...first,
    ...pdus
      .map((one) => ({ one, key: random.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ one }) => one),
  ]);
}

/** @param {Random} random @param {number} at */
function wrongFragments(random, at) {
  const piece = noise(random, random.below(300));
  const pieces = Array.from({ length: 1 + random.below(6) }, () =>
    Buffer.concat([
      dataHeader(random.pick([0, 1, 2, 3, 5, 7, 9, 255]), random.below(2) === 0, random.below(2) === 0, piece.length),
      piece,
    ]),
  );
  return Buffer.concat([associate(random), ...pieces, message(random, at, 3), ...pieces]);
}

/** @param {Random} random @param {number} at */
function brokenInstance(random, at) {
  const instance = instanceOf('broken', String(at), 2000);
  return { ...instance, data: random.below(4) === 0 ? cut(random, instance.data) : changed(random, instance.data) };
}

/** @param {Random} random @param {number} length */
function noise(random, length) {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}
