/** F6: the next pane; after the last one the browser takes over. */
export function nextPane(event: KeyboardEvent): void {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) => pane.offsetParent !== null);
  const at = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[at + 1];
  if (!next) return;
  event.preventDefault();
  focusInside(next);
}

function focusInside(pane: HTMLElement): void {
  const target = pane.matches("[tabindex]") ? pane : (pane.querySelector<HTMLElement>('a[tabindex="0"], textarea') ?? pane.querySelector<HTMLElement>("a, button, input, textarea, [tabindex]"));
  target?.focus();
}
