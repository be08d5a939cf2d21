import type { PlatformCall, Through } from '../platform/platform-calls';
import { replacing } from '../platform/replacing';
import { FAULT_KINDS, type FaultKind, type FaultName, serviceOf } from './fault-kinds';
import type { Isolate } from './isolate';

/** A fault at one call of a piece of work. */
export interface Point {
  readonly fault: FaultName;
  /** The number of the call, counted from 1. */
  readonly at?: number;
  /** In place of the number: how the call begins, such as `batch` or `query INSERT INTO share`. The first such call. */
  readonly on?: string;
}

/** A call in words. */
export function inWords({ operation, about }: PlatformCall): string {
  return `${operation} ${about}`;
}

/** Watches the calls of one isolate, and makes one of them fault. */
export class Injection {
  /** The calls since `begin`. */
  readonly trace: PlatformCall[] = [];
  /** The call at which the fault took place. */
  hit: PlatformCall | undefined;
  private isolate: Isolate | undefined;
  private begun = false;
  private failing: { readonly service: string; readonly error: () => Error } | undefined;

  /**
   * @param point undefined: no call faults
   * @param meanwhile what other clients do while a call is slow
   * @param always whether they do it at every kind of fault, just before it
   */
  constructor(
    private readonly point: Point | undefined,
    private readonly meanwhile: () => Promise<void> = async () => undefined,
    private readonly always = false,
  ) {}

  readonly through: Through = async (call, work) => {
    if (!this.begun) return await work();
    this.trace.push(call);
    const { point } = this;
    if (this.failing?.service === serviceOf(call.operation)) throw this.failing.error();
    if (point === undefined || !this.isAt(point, call)) return await work();
    this.hit = call;
    const kind: FaultKind = FAULT_KINDS[point.fault];
    if (kind.when === 'before') {
      await this.strike(kind, call);
      return await work();
    }
    const result = await work();
    if (kind.what === 'break') return brokenOff(result, errorOf(kind, call));
    await this.strike(kind, call);
    return result;
  };

  private isAt({ at, on }: Point, call: PlatformCall): boolean {
    if (on === undefined) return this.trace.length === at;
    return this.hit === undefined && inWords(call).startsWith(on);
  }

  /** The calls count from here on. */
  begin(isolate: Isolate): void {
    this.isolate = isolate;
    this.begun = true;
  }

  /** Later calls neither count nor fail. */
  end(): void {
    this.begun = false;
    this.failing = undefined;
  }

  private async strike(kind: FaultKind, call: PlatformCall): Promise<void> {
    if (this.always || kind.what === 'wait') await this.meanwhile();
    if (kind.what === 'wait') return;
    if (kind.what === 'kill') await this.isolate!.kill();
    if (kind.what === 'fail on')
      this.failing = { service: serviceOf(call.operation), error: () => errorOf(kind, call) };
    throw errorOf(kind, call);
  }
}

function errorOf(kind: FaultKind, { operation }: PlatformCall): Error {
  return new Error(kind.message?.[serviceOf(operation)]);
}

/** An object whose body ends with an error after half of its bytes. */
function brokenOff<T>(result: T, error: Error): T {
  const object = result as R2ObjectBody | null;
  if (object === null) return result;
  const half = Math.floor(object.size / 2);
  let passed = 0;
  const reader = object.body.getReader();
  const body = new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done || passed + value.length > half) {
        const rest = value?.subarray(0, half - passed);
        if (rest !== undefined && rest.length > 0) controller.enqueue(rest);
        controller.error(error);
        return;
      }
      passed += value.length;
      controller.enqueue(value);
    },
  });
  return replacing(object, { body }) as T;
}
