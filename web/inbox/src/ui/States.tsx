import { Button } from "@mantine/core";
import { IconAlertTriangle, type TablerIcon } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useT } from "../i18n/index.ts";
import css from "./States.module.css";

/** Shows its children only after 150 ms: what is there sooner needs no skeleton. */
export function Later({ children }: { children: React.ReactNode }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return due ? children : null;
}

/** Rows of the true height while a list is on its way. */
export function SkeletonRows({ rows, height }: { rows: number; height: number }) {
  const t = useT();
  return (
    <Later>
      <div role="status" className={css.skeleton}>
        <span className="visually-hidden">{t("state.loading")}</span>
        {Array.from({ length: rows }, (_, index) => (
          <div key={index} className={css.skeletonRow} style={{ height }} aria-hidden="true">
            <span className={css.skeletonDot} />
            <span className={css.skeletonLines}>
              <span />
              <span />
            </span>
          </div>
        ))}
      </div>
    </Later>
  );
}

type EmptyProps = { icon: TablerIcon; title: string; children?: React.ReactNode };

/** What belongs here, and one button that fills it. */
export function Empty({ icon: Icon, title, children }: EmptyProps) {
  return (
    <div className={css.empty}>
      <Icon size={32} stroke={1.5} aria-hidden="true" />
      <p>{title}</p>
      {children}
    </div>
  );
}

type FailureProps = { what: string; why: string; traceId?: string; retry?: () => void };

/** In the place that failed: what failed, why, what to do. */
export function Failure({ what, why, traceId, retry }: FailureProps) {
  const t = useT();
  return (
    <div className={css.failure} role="alert">
      <IconAlertTriangle size={20} stroke={1.75} aria-hidden="true" />
      <div>
        <p className={css.failureWhat}>{what}</p>
        <p>{why}</p>
        {traceId && <p className={css.trace}>{t("state.trace", { id: traceId })}</p>}
      </div>
      {retry && (
        <Button variant="default" size="compact-sm" onClick={retry}>
          {t("action.retry")}
        </Button>
      )}
    </div>
  );
}
