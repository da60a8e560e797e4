// The beginning of a list that is still coming.

/** All of them where no limit is given. */
export async function* first<T>(limit: number | undefined, items: AsyncIterable<T>): AsyncGenerator<T> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  if (left <= 0) return;
  for await (const item of items) {
    yield item;
    left -= 1;
    if (left <= 0) return;
  }
}
