export type { BulkRange, EncapsulatedPixels, FrameEntry, InstanceLayout, NativePixels } from '../dicom/pixel-layout';
