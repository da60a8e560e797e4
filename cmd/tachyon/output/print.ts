// What goes to standard output. Each call resolves when the text has left this process, so that a command can wait for
// its reader, and acknowledge only what was really printed.

/** Rejects when the reader has gone. */
export const print = (text: string | Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });

/** One document for people and programs alike. */
export const printJson = (value: unknown): Promise<void> => print(`${JSON.stringify(value, null, 2)}\n`);

/** One line of a stream of documents. */
export const printJsonLine = (value: unknown): Promise<void> => print(`${JSON.stringify(value)}\n`);

/** A message for people, which is no data. */
export const tell = (sentence: string): void => {
  process.stderr.write(`${sentence}\n`);
};
