import { DEFAULT_READER_LIMITS } from '../data-set/reader-limits';
import { isPrivate, isPrivateCreator, PrivateBlocks } from '../dictionary/private-blocks';
import { DicomError } from '../errors';
import { writePersonName } from '../values/person-name';
import { NAME_COMPONENTS, NAME_GROUPS } from './xml-writer';

interface XmlAttributes {
  readonly tag?: string;
  readonly vr?: string;
  readonly privateCreator?: string;
  readonly number?: string;
  readonly uri?: string;
  readonly uuid?: string;
}

/** An attribute as the document gives it, with its values in any order. */
interface Attribute {
  readonly tag: string;
  readonly vr: string | undefined;
  readonly creator: string | undefined;
  readonly values: { readonly number: number; readonly value: unknown }[];
  uri?: string;
  binary?: string;
}

/** An open XML element. */
interface Open {
  readonly name: string;
  /** The number of a value, name or item. */
  readonly number?: number;
  /** The attributes of a data set: the document's or an item's. */
  readonly attributes?: Attribute[];
  readonly attribute?: Attribute;
  /** The groups of a name, or the components of a group. */
  readonly parts?: Map<string, string>;
  /** The text of an element that holds text. */
  text?: string;
}

/** Which elements each element may contain (PS3.19 A.1.6); undefined stands for the document itself. */
const CONTENT: Record<string, readonly string[]> = {
  NativeDicomModel: ['DicomAttribute'],
  Item: ['DicomAttribute'],
  DicomAttribute: ['Value', 'PersonName', 'Item', 'BulkData', 'InlineBinary'],
  PersonName: NAME_GROUPS,
  Alphabetic: NAME_COMPONENTS,
  Ideographic: NAME_COMPONENTS,
  Phonetic: NAME_COMPONENTS,
};

const TEXTUAL = new Set<string>(['Value', 'InlineBinary', ...NAME_COMPONENTS]);

/**
 * Builds a data set from the XML elements of a document as they open and close. The result is what JSON.parse would
 * give for the same data set in JSON, except that all values are text and a VR may be absent. Values and VRs are not
 * checked here.
 */
export class NativeModelBuilder {
  readonly #open: Open[] = [];
  #depth = 0;
  #dataSet: Record<string, unknown> | undefined;

  /** The attribute that is open. */
  get tag(): string | undefined {
    return this.#open.findLast(({ attribute }) => attribute !== undefined)?.attribute?.tag;
  }

  /** The data set of the document, after it was read to its end. */
  dataSet(): unknown {
    if (this.#dataSet === undefined) throw this.#malformed('the document has no data set');
    return this.#dataSet;
  }

  /** Handles a start tag. @throws DicomError `malformed` when the model does not allow the element here */
  open(name: string, attributes: XmlAttributes): void {
    const around = this.#open.at(-1);
    const allowed = around === undefined ? ['NativeDicomModel'] : (CONTENT[around.name] ?? []);
    if (!allowed.includes(name)) throw this.#malformed('the document has an element where the model does not allow it');
    this.#open.push(this.#opened(name, attributes, around?.attribute));
  }

  /** Handles text. @throws DicomError `malformed` when the model does not allow text here */
  text(content: string): void {
    const open = this.#open.at(-1);
    if (open?.text !== undefined) open.text += content;
    else if (content.trim() !== '') throw this.#malformed('the document has text where the model does not allow it');
  }

  /** Handles an end tag. @throws DicomError `malformed` when the element's contents are not valid */
  close(): void {
    const { name, number, attributes, attribute, parts, text } = this.#open.at(-1)!;
    const around = this.#open.at(-2);
    const owner = around?.attribute;
    if (name === 'NativeDicomModel') this.#dataSet = this.#assembled(attributes!);
    else if (name === 'DicomAttribute') around!.attributes!.push(attribute!);
    else if (name === 'InlineBinary') this.#binary(owner!, text!);
    else if (name === 'Value') owner!.values.push({ number: number!, value: text === '' ? null : text });
    else if (name === 'PersonName') owner!.values.push({ number: number!, value: personName(parts!) });
    else if (name === 'Item') {
      owner!.values.push({ number: number!, value: this.#assembled(attributes!) });
      this.#depth--;
    } else if (around?.parts !== undefined) {
      if (around.parts.has(name)) throw this.#malformed('a name has a part twice');
      around.parts.set(name, parts === undefined ? text! : components(parts));
    }
    this.#open.pop();
  }

  #binary(owner: Attribute, text: string): void {
    if (owner.binary !== undefined) throw this.#malformed('an attribute has its bytes twice');
    owner.binary = text.replace(/\s+/g, '');
  }

  #opened(name: string, attributes: XmlAttributes, owner: Attribute | undefined): Open {
    switch (name) {
      case 'NativeDicomModel':
        return { name, attributes: [] };
      case 'Item':
        if (++this.#depth > DEFAULT_READER_LIMITS.maxDepth) {
          throw new DicomError('too-large', 'sequences nest too deep', this.tag);
        }
        return { name, number: this.#number(attributes, owner!), attributes: [] };
      case 'DicomAttribute':
        return { name, attribute: this.#attribute(attributes) };
      case 'Value':
        return { name, number: this.#number(attributes, owner!), text: '' };
      case 'PersonName':
        return { name, number: this.#number(attributes, owner!), parts: new Map() };
      case 'BulkData':
        if (owner!.uri !== undefined) throw this.#malformed('an attribute has bulk data twice');
        owner!.uri = attributes.uri ?? attributes.uuid ?? '';
        if (owner!.uri === '') throw this.#malformed('bulk data is not identified');
        return { name };
      default:
        return TEXTUAL.has(name) ? { name, text: '' } : { name, parts: new Map() };
    }
  }

  #attribute(attributes: XmlAttributes): Attribute {
    const { tag = '', vr, privateCreator } = attributes;
    if (!/^[0-9A-Fa-f]{8}$/.test(tag)) throw this.#malformed('an attribute is not named by a tag');
    return { tag: tag.toUpperCase(), vr, creator: privateCreator, values: [] };
  }

  /** The number of a value among the values of its attribute; without a number, the value follows the previous one. */
  #number({ number }: XmlAttributes, owner: Attribute): number {
    if (number === undefined) return owner.values.length + 1;
    if (!/^\s*0*[1-9]\d{0,8}\s*$/.test(number)) throw this.#malformed('a value has no number that counts');
    return Number(number);
  }

  #assembled(attributes: readonly Attribute[]): Record<string, unknown> {
    const settled = attributes.filter(({ tag, creator }) => creator === undefined || !isPrivate(tag));
    const creators = settled.filter(({ tag }) => isPrivateCreator(tag));
    const blocks = new PrivateBlocks(
      creators.map(({ tag, values }) => [tag, String(values[0]?.value ?? '')]),
      settled.map(({ tag }) => tag),
    );
    // An object without prototype: even if a tag were not checked, no member could be found that the document does not
    // have.
    const dataSet: Record<string, unknown> = Object.create(null);
    const add = (tag: string, value: unknown): void => {
      if (tag in dataSet) throw this.#malformed('an attribute occurs twice', tag);
      dataSet[tag] = value;
    };
    for (const attribute of attributes) {
      const { tag, creator } = attribute;
      const placed = creator === undefined || !isPrivate(tag) ? tag : blocks.place(tag, creator);
      if (placed === undefined)
        throw this.#malformed('an attribute occurs twice in a block, or no block is free for it', tag);
      add(placed, this.#content(attribute));
    }
    for (const [tag, name] of blocks.added) add(tag, { vr: 'LO', Value: [name] });
    return dataSet;
  }

  #content({ tag, vr, values, uri, binary }: Attribute): Record<string, unknown> {
    const ordered = new Array<unknown>(values.length);
    for (const { number, value } of values) {
      if (number > values.length || ordered[number - 1] !== undefined) {
        throw this.#malformed('the values of an attribute are not numbered consecutively from 1', tag);
      }
      ordered[number - 1] = value;
    }
    return {
      ...(vr !== undefined && { vr }),
      ...(values.length > 0 && { Value: ordered }),
      ...(uri !== undefined && { BulkDataURI: uri }),
      ...(binary !== undefined && { InlineBinary: binary }),
    };
  }

  #malformed(message: string, tag = this.tag): DicomError {
    return new DicomError('malformed', message, tag);
  }
}

/** A component group of a name, with its components in the order of PS3.5 whatever their order in the document. */
function components(parts: ReadonlyMap<string, string>): string {
  const last = NAME_COMPONENTS.findLastIndex((name) => parts.has(name));
  return NAME_COMPONENTS.slice(0, last + 1)
    .map((name) => parts.get(name) ?? '')
    .join('^');
}

function personName(parts: ReadonlyMap<string, string>): object | null {
  const name = Object.fromEntries(parts);
  return writePersonName(name) === '' ? null : name;
}
