/** Loaded into a process before anything else (`node --import`): its wall clock is off by that many milliseconds. */
const aheadMs = Number(process.env['PROOF_CLOCK_AHEAD_MS']);
const ahead = (): number => realDate.now() + aheadMs;
const realDate = Date;

globalThis.Date = new Proxy(realDate, {
  apply: () => new realDate(ahead()).toString(),
  construct: (target, args: unknown[], asked) => Reflect.construct(target, args.length === 0 ? [ahead()] : args, asked),
  get: (target, key) => (key === 'now' ? ahead : Reflect.get(target, key)),
});
