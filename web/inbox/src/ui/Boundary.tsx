import { IconAlertTriangle } from "@tabler/icons-react";
import { Component } from "react";
import { t } from "../i18n/index.ts";
import { Failure } from "./States.tsx";
import css from "./States.module.css";

type Props = {
  /** What failed, in words. */
  what: string;
  /** Where there is no room for words: one button that says them. */
  small?: true;
  /** What the pane shows: something else is tried anew by itself. */
  shows?: string;
  /** Of what lies over the page: it is closed instead, and this tells. */
  onFailure?: (text: string) => void;
  children: React.ReactNode;
};

const REASON_AT_MOST = 200;

/**
 * A pane that cannot be drawn says so in its place, and why; the others stand. What was written is kept outside of it.
 * Where the reason is a file of a version that is no longer served, only loading the page anew helps.
 */
export class Boundary extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override componentDidCatch(error: unknown): void {
    this.props.onFailure?.(`${this.props.what} ${whyOf(error)}`);
  }

  override componentDidUpdate({ shows }: Props): void {
    if (shows !== this.props.shows && this.state.error !== undefined) this.setState({ error: undefined });
  }

  override render(): React.ReactNode {
    const { error } = this.state;
    const { what, small, onFailure, children } = this.props;
    if (error === undefined) return children;
    if (onFailure) return null;
    const retry = (): void => (isOutdated(error) ? location.reload() : this.setState({ error: undefined }));
    if (!small) return <Failure what={what} why={whyOf(error)} retry={retry} />;
    const words = `${what} ${whyOf(error)} ${t("action.retry")}`;
    return (
      <button type="button" className={css.failureButton} aria-label={words} title={words} onClick={retry}>
        <IconAlertTriangle size={20} stroke={1.75} aria-hidden="true" />
      </button>
    );
  }
}

function isOutdated(error: unknown): boolean {
  return /import|module|chunk/iu.test(String(error));
}

function whyOf(error: unknown): string {
  if (isOutdated(error)) return t("app.outdated");
  const reason = error instanceof Error ? error.message : String(error);
  return t("app.crashedKept", { reason: reason.slice(0, REASON_AT_MOST) });
}
