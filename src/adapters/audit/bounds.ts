/** Bytes of one file after which the next is begun: some 8,000 audit entries. */
export const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** Full files that are kept beside the one that is written. */
export const FULL_FILES_KEPT = 4;
