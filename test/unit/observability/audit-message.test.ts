import { describe, expect, it } from 'vitest';
import { AUDIT_ACTIONS, type RecordedEvent } from '../../../src/archive/audit/audit-event';
import { auditMessage } from '../../../src/observability/audit/audit-message';
import { faultsOf, parseXML } from '../../support/archive/audit-schema';

const EVENT: RecordedEvent = {
  id: 1,
  startedAt: 1_700_000_000_000,
  endedAt: 1_700_000_000_100,
  action: 'access',
  outcome: 'success',
  principalKind: 'key',
  principalID: 'key:0123456789abcdef',
  requests: 3,
  searches: 1,
  retrievals: 2,
  renderings: 0,
  instances: 0,
  bytes: 1000,
};

const written = (more: Partial<RecordedEvent>) => auditMessage({ ...EVENT, ...more }, 'dicomweb-edge/default');

describe('PS3.15 A.5.1: an audit message', () => {
  const subjects = [undefined, 'CreateKey 0123 (reader)', 'ChangeKey 0123 (reader)', 'Settings ROLES 01ab', '1.2.3'];
  const others: Partial<RecordedEvent>[] = [
    {},
    { studyInstanceUID: '1.2.3.4' },
    { principalName: 'A "B" <C> & D\n E', address: '2001:db8::1', agent: 'x' },
    { principalName: 'control \u0001\u0000 \ud800 \uffff', principalID: 'c\u0008' },
    { principalID: 'https://id.example/a b|<sub>&"\'', address: '192.0.2.1', studyInstanceUID: '1.2', instances: 2 },
  ];

  it.each(AUDIT_ACTIONS)(
    'of %s is valid by the schema, whatever its outcome, its object and its principal',
    (action) => {
      let count = 0;
      for (const outcome of ['success', 'refused', 'absent', 'failed'] as const) {
        for (const subject of subjects) {
          for (const other of others) {
            count += 1;
            const xml = written({ action, outcome, subject, ...other });
            expect(faultsOf(parseXML(xml)), xml).toEqual([]);
          }
        }
      }
      expect(count).toBe(4 * 5 * 5);
    },
  );

  it('tells who, when, from where and what, as it is', () => {
    const { children } = parseXML(
      written({ studyInstanceUID: '1.2.3.4', principalName: 'A "B" <C>', address: '192.0.2.1' }),
    );
    const [event, who, , what] = children;
    expect(event?.attributes).toMatchObject({ EventActionCode: 'R', EventOutcomeIndicator: '0' });
    expect(who?.attributes).toMatchObject({ UserName: 'A "B" <C>', NetworkAccessPointID: '192.0.2.1' });
    expect(what?.attributes).toMatchObject({ ParticipantObjectID: '1.2.3.4' });
    const details = what?.children.filter(({ name }) => name === 'ParticipantObjectDetail');
    expect(details?.map(({ attributes }) => [attributes.type, atob(attributes.value!)])).toEqual([
      ['requests', '3'],
      ['searches', '1'],
      ['retrievals', '2'],
      ['bytes', '1000'],
    ]);
  });

  it.each([
    [
      'an element in the wrong place',
      (xml: string) => xml.replace(/(<ActiveParticipant.*?\/>)(<AuditSource.*?\/>)/, '$2$1'),
    ],
    ['an attribute that is missing', (xml: string) => xml.replace(/ UserIsRequestor="true"/, '')],
    ['a value that is not in its set', (xml: string) => xml.replace('EventActionCode="R"', 'EventActionCode="X"')],
    [
      'an object without a name',
      (xml: string) => xml.replace(/<ParticipantObjectName>.*?<\/ParticipantObjectName>/, ''),
    ],
  ])('the schema of this test finds %s', (_, spoil) => {
    const xml = written({ studyInstanceUID: '1.2.3.4' });
    expect(spoil(xml)).not.toBe(xml);
    expect(faultsOf(parseXML(spoil(xml)))).not.toEqual([]);
  });
});
