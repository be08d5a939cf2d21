import { utf8 } from '../../archive/bytes';
import { dicomXmlOfText } from '../../dicom/xml/xml-of-text';
import { DICOM_XML } from '../answer/offers';

/** Characters that are collected before they are sent. */
const CHUNK = 64 * 1024;

/**
 * Writes metadata as documents of the Native DICOM Model (PS3.18 8.7.3.3, PS3.19 A.1).
 * @param dataSets each as JSON text
 * @param boundary of the parts, one for each instance (PS3.18 8.6.1.2); undefined for a single instance without
 * multipart
 */
export function metadataXml(dataSets: AsyncIterable<string>, boundary: string | undefined): ReadableStream<Uint8Array> {
  const texts = gathered(boundary === undefined ? documents(dataSets) : parts(dataSets, boundary));
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(utf8(value));
    },
    async cancel() {
      await texts.return(undefined);
    },
  });
}

async function* documents(dataSets: AsyncIterable<string>): AsyncGenerator<Iterable<string>> {
  for await (const dataSet of dataSets) yield dicomXmlOfText(dataSet);
}

async function* parts(dataSets: AsyncIterable<string>, boundary: string): AsyncGenerator<Iterable<string>> {
  for await (const dataSet of dataSets) {
    yield [`--${boundary}\r\nContent-Type: ${DICOM_XML}\r\n\r\n`];
    yield dicomXmlOfText(dataSet);
    yield ['\r\n'];
  }
  yield [`--${boundary}--\r\n`];
}

async function* gathered(texts: AsyncIterable<Iterable<string>>): AsyncGenerator<string> {
  let held: string[] = [];
  let length = 0;
  for await (const some of texts) {
    for (const text of some) {
      held.push(text);
      length += text.length;
      if (length < CHUNK) continue;
      yield held.join('');
      held = [];
      length = 0;
    }
  }
  if (length > 0) yield held.join('');
}
