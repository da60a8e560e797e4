// The version of this package, as the broker and the client say it of themselves; a test compares it with package.json.

export const VERSION = '0.1.0';
