import { Component } from "react";
import { t } from "../i18n/index.ts";
import { Failure } from "./States.tsx";

type Props = { /** What failed, in words. */ what: string; children: React.ReactNode };

/**
 * A pane that cannot be drawn says so in its place; the others stand. What was written is kept outside of it. Where the
 * reason is a file of a version that is no longer served, only loading the page anew helps.
 */
export class Boundary extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): React.ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const outdated = /import|module|chunk/iu.test(String(error));
    return <Failure what={this.props.what} why={outdated ? t("app.outdated") : t("app.crashedKept")} retry={() => (outdated ? location.reload() : this.setState({ error: undefined }))} />;
  }
}
