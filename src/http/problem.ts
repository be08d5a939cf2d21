/**
 * The errors that end requests: the status, the section that defines it, its name there, and the document of the section
 * if it is not RFC 9110. Status 460 is defined by tus 1.0 alone.
 */
const PROBLEMS = {
  'bad-request': [400, '15.5.1', 'Bad Request'],
  unauthorized: [401, '15.5.2', 'Unauthorized'],
  forbidden: [403, '15.5.4', 'Forbidden'],
  'passphrase-needed': [403, '15.5.4', 'Forbidden'],
  'not-found': [404, '15.5.5', 'Not Found'],
  'method-not-allowed': [405, '15.5.6', 'Method Not Allowed'],
  'not-acceptable': [406, '15.5.7', 'Not Acceptable'],
  timeout: [408, '15.5.9', 'Request Timeout'],
  conflict: [409, '15.5.10', 'Conflict'],
  gone: [410, '15.5.11', 'Gone'],
  'precondition-failed': [412, '15.5.13', 'Precondition Failed'],
  'too-large': [413, '15.5.14', 'Content Too Large'],
  'unsupported-media-type': [415, '15.5.16', 'Unsupported Media Type'],
  'range-not-satisfiable': [416, '15.5.17', 'Range Not Satisfiable'],
  misdirected: [421, '15.5.20', 'Misdirected Request'],
  unprocessable: [422, '15.5.21', 'Unprocessable Content'],
  locked: [423, '11.3', 'Locked', 'rfc4918'],
  'too-many-requests': [429, '4', 'Too Many Requests', 'rfc6585'],
  'checksum-mismatch': [460, 'checksum', 'Checksum Mismatch', 'tus'],
  internal: [500, '15.6.1', 'Internal Server Error'],
  'object-missing': [500, '15.6.1', 'Internal Server Error'],
  'no-access-control': [503, '15.6.4', 'Service Unavailable'],
  misconfigured: [503, '15.6.4', 'Service Unavailable'],
  unavailable: [503, '15.6.4', 'Service Unavailable'],
  'out-of-space': [507, '11.5', 'Insufficient Storage', 'rfc4918'],
} as const satisfies Record<string, readonly [status: number, section: string, title: string, document?: string]>;

/** The stable name of an error. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The HTTP status of an error. */
export function statusOf(code: ProblemCode): number {
  return PROBLEMS[code][0];
}

/** An error that ends a request. It may be thrown anywhere while the request is handled. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;

  /**
   * @param detail a sentence for the developer of the client; never a value from the request, which could be patient
   * data
   * @param headers of the answer, such as Allow or Retry-After
   */
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = statusOf(code);
  }
}

/** Answers with application/problem+json (RFC 9457). `code` is stable, for programs. */
export function problemResponse({ code, status, detail, headers }: HttpProblem): Response {
  const [, section, title, document = 'rfc9110'] = PROBLEMS[code];
  const type =
    document === 'tus'
      ? `https://tus.io/protocols/resumable-upload#${section}`
      : `https://www.rfc-editor.org/rfc/${document}#section-${section}`;
  return new Response(JSON.stringify({ type, title, status, code, detail }), {
    status,
    headers: { 'Cache-Control': 'no-store', ...headers, 'Content-Type': 'application/problem+json' },
  });
}
