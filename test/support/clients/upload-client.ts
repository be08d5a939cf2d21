/** A request of tus 1.0. */
export const TUS = { 'Tus-Resumable': '1.0.0' };

export const BYTES = { ...TUS, 'Content-Type': 'application/offset+octet-stream' };

/** Upload-Metadata with these values. */
export function uploadMetadata(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${btoa(value)}`)
    .join(',');
}

/** Sends a request to a path of the archive. */
interface Client {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** Sends a file in one creation and as many PATCH requests as it takes. @returns the path of the upload */
export async function upload(
  client: Client,
  bytes: Uint8Array,
  { session, chunk = bytes.length, name = 'IM1', concat }: UploadOptions = {},
): Promise<string> {
  const metadata = uploadMetadata({ filename: name, ...(session !== undefined && { session }) });
  const created = await client.fetch('/dicomweb/uploads', {
    method: 'POST',
    headers: {
      ...TUS,
      'Upload-Metadata': metadata,
      'Upload-Length': String(bytes.length),
      ...(concat !== undefined && { 'Upload-Concat': concat }),
    },
  });
  if (created.status !== 201) throw new Error(`${created.status} ${await created.text()}`);
  const path = created.headers.get('Location')!;
  for (let at = 0; at < bytes.length; at += chunk) {
    const headers = { ...BYTES, 'Upload-Offset': String(at) };
    const body = bytes.slice(at, at + chunk) as Uint8Array<ArrayBuffer>;
    const { status } = await client.fetch(path, { method: 'PATCH', headers, body });
    if (status !== 204) throw new Error(`PATCH: ${status}`);
  }
  return path;
}

export interface UploadOptions {
  readonly session?: string;
  /** Bytes of one request. */
  readonly chunk?: number;
  readonly name?: string;
  /** Upload-Concat. */
  readonly concat?: string;
}

/** A file in its creation request. */
export async function uploadAtOnce(client: Client, bytes: Uint8Array, session?: string): Promise<Response> {
  return await client.fetch('/dicomweb/uploads', {
    method: 'POST',
    headers: {
      ...BYTES,
      'Upload-Length': String(bytes.length),
      ...(session !== undefined && { 'Upload-Metadata': uploadMetadata({ session }) }),
    },
    body: bytes as Uint8Array<ArrayBuffer>,
  });
}

/** Makes a session. @returns its id */
export async function newSession(client: Client): Promise<string> {
  const response = await client.fetch('/dicomweb/upload-sessions', { method: 'POST' });
  return ((await response.json()) as { id: string }).id;
}

/** Closes a session. */
export async function closeSession(client: Client, id: string, headers: Record<string, string> = {}) {
  return await client.fetch(`/dicomweb/upload-sessions/${id}/close`, { method: 'POST', headers });
}
