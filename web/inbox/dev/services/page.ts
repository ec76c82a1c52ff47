/** One page of a list: the token is where it begins. */
export function page<T>(all: readonly T[], request: { pageSize: number; pageToken: string }, usual = 50): { items: T[]; nextPageToken: string } {
  const size = Math.min(200, request.pageSize || usual);
  const from = Number(request.pageToken || 0);
  return { items: all.slice(from, from + size), nextPageToken: from + size < all.length ? String(from + size) : "" };
}
