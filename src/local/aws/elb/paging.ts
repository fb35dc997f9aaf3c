import { validationError } from '../error.ts';

const MAX_PAGE = 400;

/** One page of a describe call; NextMarker is there while more follow. */
export function pageOf<T>(items: T[], request: { Marker?: string | undefined; PageSize?: number | undefined }) {
  const size = request.PageSize ?? MAX_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE)
    throw validationError(`Page size '${size}' must be between 1 and ${MAX_PAGE}`);
  const start = request.Marker ? markedStart(request.Marker) : 0;
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length && { NextMarker: markerAt(end) }) };
}

function markerAt(index: number): string {
  return Buffer.from(`from:${index}`).toString('base64url');
}

function markedStart(marker: string): number {
  const match = /^from:(\d+)$/.exec(Buffer.from(marker, 'base64url').toString());
  if (!match) throw validationError(`The marker '${marker}' is not valid`);
  return Number(match[1]);
}
