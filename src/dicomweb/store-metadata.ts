import type { ByteReader } from '../archive/incoming-instance';
import type { Archive } from '../archive/ports';
import type { StoreTransaction } from '../archive/store';
import type { Limits } from '../config';
import type { MediaType } from './media-type';
import type { Part } from './multipart-reader';
import type { BodyEnd } from './store-parts';

export class MetadataInstances {
  constructor(_archive: Archive, _limits: Limits, _url: string) {}
  async add(_part: ByteReader, _representation: 'json' | 'xml'): Promise<void> {}
  async addBulk(_part: Part, _type: MediaType | undefined): Promise<void> {}
  async store(_transaction: StoreTransaction, _body: BodyEnd): Promise<readonly string[]> {
    return [];
  }
  async discard(): Promise<void> {}
}
