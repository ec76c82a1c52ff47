/** Runs `act` while no other tab of this profile runs one of that name; a tab that closes gives its turn away. */
export async function inTurn<T>(name: string, act: () => Promise<T>): Promise<T> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks as LockManager | undefined;
  // Browsers have locks wherever they have a worker's stream; without them a tab knows of itself alone.
  return locks ? await locks.request(name, act) : act();
}
