/** The part of XMLHttpRequest, on top of fetch, that a browser's DICOMweb client needs when it runs in Node. */
export class FetchXMLHttpRequest {
  readyState = 0;
  status = 0;
  response: unknown = null;
  responseType = '';
  onreadystatechange: (() => void) | null = null;
  onprogress: ((event: { loaded: number; total: number; lengthComputable: boolean }) => void) | null = null;
  private method = 'GET';
  private url = '';
  private readonly headers = new Headers();
  private answer: Response | undefined;

  open(method: string, url: string): void {
    this.method = method.toUpperCase();
    this.url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers.append(name, value);
  }

  getResponseHeader(name: string): string | null {
    return this.answer?.headers.get(name) ?? null;
  }

  getAllResponseHeaders(): string {
    return [...(this.answer?.headers ?? [])].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  send(body?: BodyInit): void {
    void this.run(body);
  }

  private async run(body: BodyInit | undefined): Promise<void> {
    this.answer = await fetch(this.url, { method: this.method, headers: this.headers, body: body ?? null });
    const bytes = await this.received(this.answer);
    const text = () => new TextDecoder().decode(bytes);
    if (this.responseType === 'arraybuffer') this.response = bytes;
    else this.response = this.responseType === 'json' ? JSON.parse(text()) : text();
    this.status = this.answer.status;
    this.readyState = 4;
    this.onreadystatechange?.();
  }

  private async received(answer: Response): Promise<ArrayBuffer> {
    const total = Number(answer.headers.get('Content-Length') ?? 0);
    const chunks: Uint8Array[] = [];
    let loaded = 0;
    for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      loaded += chunk.length;
      this.onprogress?.({ loaded, total, lengthComputable: total > 0 });
    }
    return await new Blob(chunks as BlobPart[]).arrayBuffer();
  }
}
