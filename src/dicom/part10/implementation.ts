/**
 * PS3.10 table 7.1-1, PS3.7 D.3.3.2: identifies the software that wrote a file. This UID is made of a UUID (PS3.5 B.2).
 */
export const IMPLEMENTATION_CLASS_UID = '2.25.165455717081580623616303739834179558171';

/** Implementation Version Name (0002,0013): at most 16 characters. */
export const IMPLEMENTATION_VERSION_NAME = 'DICOMWEB_EDGE_1';
