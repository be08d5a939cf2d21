import type { AuditAction, AuditOutcome, RecordedEvent } from '../../archive/audit/audit-event';

import { escapeXml } from '../../dicom/xml/xml-writer';

/** A code of PS3.16 CID 400 or 401, and its meaning. */
type Code = readonly [code: string, meaning: string];

/** EventID and EventActionCode of PS3.15 A.5.3: C create, R read, U update, D delete, E execute. */
type EventCodes = readonly [id: Code, action: 'C' | 'R' | 'U' | 'D' | 'E', type?: Code];

const EVENTS: Record<AuditAction, EventCodes> = {
  access: [['110103', 'DICOM Instances Accessed'], 'R'],
  search: [['110112', 'Query'], 'E'],
  store: [['110104', 'DICOM Instances Transferred'], 'C'],
  delete: [['110105', 'DICOM Study Deleted'], 'D'],
  restore: [['110103', 'DICOM Instances Accessed'], 'U'],
  share: [['110106', 'Export'], 'R'],
  'sign-in': [['110114', 'User Authentication'], 'E', ['110122', 'Login']],
  'sign-out': [['110114', 'User Authentication'], 'E', ['110123', 'Logout']],
  administer: [['110113', 'Security Alert'], 'R', ['110132', 'Use of Restricted Function']],
  audit: [['110101', 'Audit Log Used'], 'R'],
};

/** What administrators change, by the start of the event's subject. The other acts of administrators only read. */
const CHANGES: readonly (readonly [subject: RegExp, type: Code])[] = [
  [/^(Create|Change|Renew|Revoke)Key\b/, ['110137', 'User security Attributes Changed']],
  [/^ReplaceLabels\b/, ['110135', 'Object Security Attributes Changed']],
  [/^Settings\b/, ['110129', 'Security Configuration']],
];

function codesOf({ action, subject = '' }: RecordedEvent): EventCodes {
  const codes = EVENTS[action];
  const change = action === 'administer' ? CHANGES.find(([of]) => of.test(subject)) : undefined;
  return change === undefined ? codes : [codes[0], 'E', change[1]];
}

/** EventOutcomeIndicator: 0 success, 4 minor failure, 8 serious failure. */
const OUTCOMES: Record<AuditOutcome, number> = { success: 0, absent: 4, failed: 4, refused: 8 };

/**
 * An event as an audit message (PS3.15 A.5.1, elements in the order of the schema). The study is named by its UID alone; the
 * counts of a merged event are details of the study.
 * @param source AuditSourceID: the archive
 */
export function auditMessage(event: RecordedEvent, source: string): string {
  const [id, action, type] = codesOf(event);
  return element('AuditMessage', {}, [
    element(
      'EventIdentification',
      {
        EventActionCode: action,
        EventDateTime: new Date(event.startedAt).toISOString(),
        EventOutcomeIndicator: String(OUTCOMES[event.outcome]),
      },
      [coded('EventID', id), ...(type === undefined ? [] : [coded('EventTypeCode', type)])],
    ),
    element('ActiveParticipant', {
      UserID: event.principalID,
      ...(event.principalName === undefined ? {} : { UserName: event.principalName }),
      UserIsRequestor: 'true',
      // PS3.15 A.5.1: 2 is an IP address.
      ...(event.address === undefined ? {} : { NetworkAccessPointID: event.address, NetworkAccessPointTypeCode: '2' }),
    }),
    element('AuditSourceIdentification', { AuditSourceID: source }),
    ...(event.studyInstanceUID === undefined ? [] : [studyObject(event, event.studyInstanceUID)]),
    ...(event.studyInstanceUID === undefined && event.subject !== undefined ? [otherObject(event.subject)] : []),
  ]);
}

/** What else an event is about, such as a key: type 2 (system object), role 13 (security resource), RFC 3881 URI. */
function otherObject(subject: string): string {
  const code = { 'csd-code': '12', codeSystemName: 'RFC-3881', originalText: 'URI' };
  return element(
    'ParticipantObjectIdentification',
    { ParticipantObjectID: subject, ParticipantObjectTypeCode: '2', ParticipantObjectTypeCodeRole: '13' },
    [element('ParticipantObjectIDTypeCode', code), objectName(subject)],
  );
}

/** ParticipantObjectIdentification of a study: type 2 (system object), role 3 (report). */
function studyObject(event: RecordedEvent, studyInstanceUID: string): string {
  const counts = { ...numbers(event), ...(event.subject === undefined ? {} : { subject: event.subject }) };
  return element(
    'ParticipantObjectIdentification',
    {
      ParticipantObjectID: studyInstanceUID,
      ParticipantObjectTypeCode: '2',
      ParticipantObjectTypeCodeRole: '3',
    },
    [
      coded('ParticipantObjectIDTypeCode', ['110180', 'Study Instance UID']),
      objectName(studyInstanceUID),
      ...Object.entries(counts).map(([type, value]) =>
        element('ParticipantObjectDetail', { type, value: base64(value) }),
      ),
    ],
  );
}

/** The schema wants a name or a query. A study has no name that is not a patient's. */
function objectName(text: string): string {
  return `<ParticipantObjectName>${escapeXml(text)}</ParticipantObjectName>`;
}

function numbers({ requests, searches, retrievals, renderings, instances, bytes }: RecordedEvent) {
  const counts = { requests, searches, retrievals, renderings, instances, bytes };
  return Object.fromEntries(
    Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [[name, String(count)]] : [])),
  );
}

/** The schema's type of a detail's value. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function coded(name: string, [code, meaning]: Code): string {
  return element(name, { 'csd-code': code, codeSystemName: 'DCM', originalText: meaning });
}

function element(name: string, attributes: Readonly<Record<string, string>>, content: readonly string[] = []): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  const start = `<${name}${written.join('')}`;
  return content.length === 0 ? `${start}/>` : `${start}>${content.join('')}</${name}>`;
}
