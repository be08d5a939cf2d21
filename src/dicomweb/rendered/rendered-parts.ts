import type { Body } from '../../archive/body/body';
import { digestOf } from '../../archive/bytes';
import { HttpProblem } from '../../http/problem';
import { respondMultipart } from '../answer/multipart-response';
import type { BodyPart } from '../answer/multipart-writer';
import { CONVERSION } from '../answer/respond';
import type { AppContext } from '../context';
import { madeOrProblem, type RenderedAnswer } from './rendered-answer';
import type { RenderedParameters } from './rendered-parameters';

/** What determines the parts of an answer, beside the instances. */
interface PartsChosen {
  /** The media type that the client asked for. The answer names that of its first part. */
  readonly type: string;
  readonly chosenBy: string;
  /** The problem when there are no parts. */
  nothing(): HttpProblem;
}

/** Answers with parts that are made one after the other. The first is made before the status is sent. */
export async function respondParts(
  c: AppContext,
  boundary: string,
  parameters: RenderedParameters,
  { type, chosenBy, nothing }: PartsChosen,
  answers: () => Answers,
): Promise<Response> {
  const etag = await digestOf([boundary, CONVERSION, type, JSON.stringify(parameters), chosenBy].join('\n'));
  return await respondMultipart(c, { boundary, etag, type }, async () => {
    const parts = partsOf(answers());
    const first = await parts.next();
    if (first.done) throw nothing();
    const [rootType = type] = first.value.contentType.split(';');
    const release = () => void parts.return(undefined);
    return { parts: resumed(first.value, parts), type: rootType, release };
  });
}

/** `needed`: a part that cannot be made ends the answer. Otherwise it is left out. */
export type Answers = AsyncGenerator<[location: string, answer: RenderedAnswer, needed?: 'needed']>;

/**
 * The memory of each part is released when the next part is requested. An instance that turns out not to be renderable
 * is left out.
 */
async function* partsOf(answers: Answers): AsyncGenerator<BodyPart> {
  for await (const [location, { contentType, body }, needed] of answers) {
    let made: Body;
    try {
      made = await madeOrProblem(body);
    } catch (error) {
      if (needed || !(error instanceof HttpProblem) || error.code === 'bad-request') throw error;
      continue;
    }
    try {
      yield { contentType, location, pieces: made.pieces };
    } finally {
      made.release?.();
    }
  }
}

async function* resumed(first: BodyPart, rest: AsyncGenerator<BodyPart>): AsyncGenerator<BodyPart> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
