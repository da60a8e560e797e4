// What can name a file or a socket, before the system is asked. Free of libraries, so that a command which only
// looks for the admin socket starts fast.

/** The system allows about 107 bytes for the path of a Unix socket; libzmq needs a few. */
export const SOCKET_PATH_BYTES_MAX = 100;

/** PATH_MAX of Linux. */
export const PATH_BYTES_MAX = 4096;

export const isPath = (value: string): boolean =>
  value !== '' && !value.includes('\0') && Buffer.byteLength(value) <= PATH_BYTES_MAX;
