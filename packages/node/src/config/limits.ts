/** Files that include files that include… Deeper is a loop: an error that names the file. */
export const INCLUDE_DEPTH_MAX = 16;
/** A configuration file. Larger is surely the wrong file: an error instead of reading it. */
export const CONFIG_FILE_BYTES_MAX = 16 * 1024 * 1024;
