/** The tags that the reader depends on, as numbers. */

/** Delimiters of items and sequences (PS3.5 7.5): larger than the tag of any attribute. */
export const ITEM = 0xfffee000;
export const ITEM_DELIMITER = 0xfffee00d;
export const SEQUENCE_DELIMITER = 0xfffee0dd;

/** Attributes that determine how other attributes are read. */
export const SPECIFIC_CHARACTER_SET = 0x00080005;
export const PIXEL_REPRESENTATION = 0x00280103;

/** ICC Profile (PS3.3 C.11.15). */
export const ICC_PROFILE = 0x00282000;

/** The three kinds of pixel data (PS3.5 8.1.1). */
export const PIXEL_DATA = 0x7fe00010;
export const FLOAT_PIXEL_DATA = 0x7fe00008;
export const DOUBLE_FLOAT_PIXEL_DATA = 0x7fe00009;

/** Data Set Trailing Padding (PS3.10 7.2). */
export const TRAILING_PADDING = 0xfffcfffc;
