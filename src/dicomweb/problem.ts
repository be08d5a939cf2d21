/** Every error that an answer can tell, and its status. */
const PROBLEMS = {
  'bad-request': [400, 'Bad Request'],
  'not-found': [404, 'Not Found'],
  'method-not-allowed': [405, 'Method Not Allowed'],
  'not-acceptable': [406, 'Not Acceptable'],
  gone: [410, 'Gone'],
  'too-large': [413, 'Content Too Large'],
  'unsupported-media-type': [415, 'Unsupported Media Type'],
  'range-not-satisfiable': [416, 'Range Not Satisfiable'],
  internal: [500, 'Internal Server Error'],
  unavailable: [503, 'Service Unavailable'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** An error that becomes an answer. The detail never quotes the request: a query may name a patient. */
export class HttpProblem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }
}

/** application/problem+json, RFC 9457. */
export function problemResponse({ code, detail, headers }: HttpProblem): Response {
  const [status, title] = PROBLEMS[code];
  const body = JSON.stringify({ type: `urn:dicomweb:${code}`, title, status, detail });
  return new Response(body, { status, headers: { ...headers, 'Content-Type': 'application/problem+json' } });
}
