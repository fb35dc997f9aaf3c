import { createServer } from 'node:net';

/** A range of addresses that no other local world on this machine uses: 10.<number>.0.0/16 and what stands for it on loopback. */
export type Slot = { number: number; release(): Promise<void> };

const SLOTS = 60;
const PORT = 41_900;

/** Claims the first free slot of this machine, until it is released or this process ends. */
export async function claimSlot(): Promise<Slot> {
  for (let number = 0; number < SLOTS; number += 1) {
    const slot = await tryClaim(number);
    if (slot !== undefined) return slot;
  }
  throw new Error(`local addresses: all ${SLOTS} ranges are in use on this machine; stop another local cluster`);
}

/** A slot is held by listening on a port of its own: the system lets go of it however the process ends. */
function tryClaim(number: number): Promise<Slot | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(PORT + number, '127.0.0.1', () => {
      server.unref();
      resolve({ number, release: () => new Promise((released) => server.close(() => released())) });
    });
  });
}
