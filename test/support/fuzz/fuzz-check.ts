import { MARKER } from './fuzz-file';
import { bodyOf, type StoreCase } from './fuzz-request';

/** The archive that the requests are sent to. */
export interface Target {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The log of the archive since the last call. */
  takeLog(): string;
  /**
   * Whether there is a network between. Then the archive may answer before it has read a body, and close the connection
   * while the client still sends. Such a case is sent again at once.
   */
  readonly remote?: boolean;
}

/** What an answer says, and what is wrong with it. */
export interface Outcome {
  readonly status: number;
  /** Paths of the instances that the answer says are stored. */
  readonly stored: readonly string[];
  /** What must never happen, one sentence each. */
  readonly finds: readonly string[];
}

/** The possible answers to a store (PS3.18 table 10.5.3-1, and those of RFC 9110 for invalid requests). */
const STATUSES = new Set([200, 202, 400, 404, 406, 409, 413, 415, 422]);

const JSON_VRS =
  /^(AE|AS|AT|CS|DA|DS|DT|FD|FL|IS|LO|LT|OB|OD|OF|OL|OV|OW|PN|SH|SL|SQ|SS|ST|SV|TM|UC|UI|UL|UN|UR|US|UT|UV)$/;

type DataSet = Record<string, { vr?: string; Value?: unknown[]; BulkDataURI?: string; InlineBinary?: string }>;

/** Sends a case, and checks everything that the archive then says about it. */
export async function attempt(target: Target, sent: StoreCase): Promise<Outcome> {
  const finds: string[] = [];
  const answer = await send(target, sent);
  const text = await answer.text();
  if (!STATUSES.has(answer.status)) finds.push(`status ${answer.status}: ${text.slice(0, 200)}`);
  if (text.includes(MARKER)) finds.push('the answer repeats a value of the patient');
  const stored = answer.headers.get('Content-Type') === 'application/problem+json' ? [] : storedIn(answer, text, finds);
  if (finds.length === 0) for (const path of stored) finds.push(...(await checkInstance(target, sent, path)));
  if (target.takeLog().includes(MARKER)) finds.push('the log repeats a value of the patient');
  return { status: answer.status, stored, finds };
}

async function send(target: Target, sent: StoreCase): Promise<Response> {
  const init = (of: StoreCase) =>
    ({ method: 'POST', headers: of.headers, body: bodyOf(of), duplex: 'half' }) as RequestInit;
  try {
    return await target.fetch(sent.path, init(sent));
  } catch (error) {
    if (!target.remote) throw error;
    return await target.fetch(sent.path, init({ ...sent, pieces: [] }));
  }
}

/** The paths that the answer names, after the check of its structure. */
function storedIn(answer: Response, text: string, finds: string[]): string[] {
  const type = answer.headers.get('Content-Type') ?? '';
  if (/xml/.test(type)) return storedInXml(text, type, finds);
  let dataSet: DataSet;
  try {
    dataSet = JSON.parse(text);
  } catch {
    finds.push(`the answer is not JSON: ${type} ${text.slice(0, 100)}`);
    return [];
  }
  if (answer.status >= 400 && 'status' in dataSet) return [];
  const items = (tag: string) => (dataSet[tag]?.Value ?? []) as DataSet[];
  const stored = items('00081199');
  const failed = [...items('00081198'), ...items('0008119A')];
  for (const item of failed) {
    const reason = item['00081197']?.Value?.[0];
    if (typeof reason !== 'number') finds.push(`a failure without a reason: ${JSON.stringify(item)}`);
  }
  const statuses = stored.length === 0 ? [400, 409, 413] : failed.length === 0 ? [200, 202] : [202, 413];
  const empty = stored.length + failed.length === 0 && answer.status !== 400;
  if (!statuses.includes(answer.status) || empty) {
    finds.push(`status ${answer.status} for ${stored.length} stored and ${failed.length} failed`);
  }
  return stored.map((item) => pathOf(String(item['00081190']?.Value?.[0])));
}

function storedInXml(text: string, type: string, finds: string[]): string[] {
  if (!text.includes('<NativeDicomModel')) finds.push(`the answer is no data set: ${type} ${text.slice(0, 100)}`);
  const sequence = /tag="00081199"[\s\S]*?(?=<DicomAttribute [^>]*tag="0008119A"|<\/NativeDicomModel>)/.exec(text)?.[0];
  const uris = [...(sequence ?? '').matchAll(/tag="00081190"[^>]*>\s*<Value number="1">([^<]*)</g)];
  return uris.map(([, uri]) => pathOf(uri ?? ''));
}

function pathOf(uri: string): string {
  return uri.slice(uri.indexOf('/dicomweb/'));
}

/** An acknowledged instance can be retrieved, byte for byte, and is found by a search. */
async function checkInstance(target: Target, sent: StoreCase, path: string): Promise<string[]> {
  const finds: string[] = [];
  const say = (what: string) => finds.push(`${path}: ${what}`);
  const file = await target.fetch(path, { headers: { Accept: 'application/dicom; transfer-syntax=*' } });
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (file.status !== 200) return [`${path}: acknowledged, and answers ${file.status}`];
  if (!sent.written && !isOf(bytes, sent)) say(`${bytes.length} bytes that are not what was sent`);

  const metadata = await target.fetch(`${path}/metadata`, { headers: { Accept: 'application/dicom+json' } });
  const text = await metadata.text();
  if (metadata.status !== 200) return [...finds, `${path}/metadata: ${metadata.status}`];
  const sets = parsed(text);
  const [inOrder] = parsed(text.replaceAll(/"([0-9A-F]{8})":/g, '"x$1":')) ?? [];
  const [dataSet] = sets ?? [];
  if (sets?.length !== 1 || dataSet === undefined) return [...finds, `${path}/metadata: ${text.slice(0, 200)}`];
  const [study, series, sop] = [3, 5, 7].map((at) => decodeURIComponent(path.split('/')[at] ?? ''));
  if (dataSet['00080018']?.Value?.[0] !== sop) say('metadata of another instance');
  finds.push(...shapeOf(dataSet).map((what) => `${path}: ${what}`));
  if (inOrder === undefined || !ascends(inOrder)) say('attributes out of order');
  finds.push(...(await checkBulk(target, dataSet)));

  const frame = await target.fetch(`${path}/frames/1`, {
    headers: { Accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' },
  });
  await frame.arrayBuffer();
  if (![200, 404, 406].includes(frame.status)) say(`frame 1: ${frame.status}`);

  const query = new URLSearchParams({
    SOPInstanceUID: sop ?? '',
    StudyInstanceUID: study ?? '',
    SeriesInstanceUID: series ?? '',
  });
  const found = parsed(await (await target.fetch(`/dicomweb/instances?${query}`)).text());
  if (found?.length !== 1) say(`found ${found?.length} times`);
  return finds;
}

/** The bytes are one of the files if these are known, otherwise a piece of the body. */
function isOf(bytes: Uint8Array, { files, body }: StoreCase): boolean {
  return files === undefined ? contains(body, bytes) : files.some((file) => equal(file, bytes));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function contains(whole: Uint8Array, part: Uint8Array): boolean {
  for (let at = 0; at + part.length <= whole.length; at += 1) {
    if (whole[at] === part[0] && equal(whole.subarray(at, at + part.length), part)) return true;
  }
  return false;
}

function parsed(text: string): DataSet[] | undefined {
  try {
    return JSON.parse(text) as DataSet[];
  } catch {
    return undefined;
  }
}

/** PS3.18 F.2: checks that a value is DICOM JSON. */
function shapeOf(dataSet: DataSet): string[] {
  const finds: string[] = [];
  for (const [tag, attribute] of Object.entries(dataSet)) {
    const { vr, Value, ...rest } = attribute;
    if (!/^[0-9A-F]{8}$/.test(tag)) finds.push(`attribute ${tag}`);
    if (vr === undefined || !JSON_VRS.test(vr)) finds.push(`${tag} has VR ${vr}`);
    const others = Object.keys(rest);
    const values = (Value === undefined ? 0 : 1) + others.length;
    if (values > 1 || others.some((name) => name !== 'BulkDataURI' && name !== 'InlineBinary')) {
      finds.push(`${tag} has ${Object.keys(attribute)}`);
    }
    if (Value !== undefined && (!Array.isArray(Value) || Value.length === 0)) finds.push(`${tag} has an empty Value`);
    if (vr === 'SQ') for (const item of (Value ?? []) as DataSet[]) finds.push(...shapeOf(item));
  }
  return finds;
}

/**
 * @param dataSet its tags have a letter in front, because JavaScript moves names that are numbers before other names
 */
function ascends(dataSet: DataSet): boolean {
  const tags = Object.keys(dataSet);
  const items = Object.values(dataSet).flatMap(({ vr, Value = [] }) => (vr === 'SQ' ? (Value as DataSet[]) : []));
  return tags.join() === [...tags].sort().join() && items.every(ascends);
}

/** A few of the URIs at the top level. */
async function checkBulk(target: Target, dataSet: DataSet): Promise<string[]> {
  const finds = [];
  const uris = Object.values(dataSet).flatMap(({ BulkDataURI }) => (BulkDataURI === undefined ? [] : [BulkDataURI]));
  for (const uri of uris.slice(0, 3)) {
    const answer = await target.fetch(pathOf(uri), { headers: { Accept: '*/*' } });
    await answer.arrayBuffer();
    // Compressed pixels are not a single value (PS3.5 A.4).
    if (answer.status !== 200 && answer.status !== 406) finds.push(`${uri}: ${answer.status}`);
  }
  return finds;
}
