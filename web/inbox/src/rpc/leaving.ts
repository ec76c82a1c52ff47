// What would be lost with the page: while there is some of it, the browser asks before it closes or reloads the page.

const reasons: (() => boolean)[] = [];
let free = false;

/** `holds` says whether something is lost if the page goes now. */
export function keepPage(holds: () => boolean): void {
  reasons.push(holds);
}

/** From now on nothing keeps the page: it was asked about already. */
export function letPageGo(): void {
  free = true;
}

export function watchLeaving(): () => void {
  addEventListener("beforeunload", ask);
  return () => removeEventListener("beforeunload", ask);
}

function ask(event: Event): void {
  if (!free && reasons.some((holds) => holds())) event.preventDefault();
}
