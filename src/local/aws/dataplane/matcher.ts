/** Whether a status is among AWS's success codes: `200`, `200,202`, `200-299`, or a mix. */
export function matchesCode(codes: string, status: number): boolean {
  return codes.split(',').some((part) => {
    const [from, to = from] = part.trim().split('-').map(Number);
    return from !== undefined && to !== undefined && from <= status && status <= to;
  });
}
