type Page = { NextMarker?: string | undefined; NextToken?: string | undefined };

/** Every item of a paged answer, in the order of the pages. Works with markers (ELBv2) and tokens (EC2). */
export async function readPages<Answer extends Page, Item>(
  call: (next: { Marker?: string; NextToken?: string }) => Promise<Answer>,
  itemsOf: (answer: Answer) => Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let next: { Marker?: string; NextToken?: string } | undefined = {};
  while (next) {
    const answer: Answer = await call(next);
    items.push(...(itemsOf(answer) ?? []));
    next = nextOf(answer);
  }
  return items;
}

function nextOf({ NextMarker, NextToken }: Page): { Marker?: string; NextToken?: string } | undefined {
  if (NextMarker) return { Marker: NextMarker };
  return NextToken ? { NextToken } : undefined;
}

/** `items` in parts of at most `size`. */
export function chunk<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
