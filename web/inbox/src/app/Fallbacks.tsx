import { Button } from "@mantine/core";
import { IconMapPinOff } from "@tabler/icons-react";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { useT } from "../i18n/index.ts";
import { problemText } from "../i18n/problem.ts";
import { problemOf } from "../rpc/errors.ts";
import { Empty, Failure } from "../ui/States.tsx";

export function NotFound() {
  const t = useT();
  return (
    <main>
      <Empty icon={IconMapPinOff} title={t("app.notFound")}>
        <Button component={Link} to="/inbox">
          {t("app.toInbox")}
        </Button>
      </Empty>
    </main>
  );
}

/** A part that failed to draw: the rest of the page stands. */
export function Crashed({ error }: ErrorComponentProps) {
  const t = useT();
  return (
    <main>
      <Failure what={t("app.crashed")} why={String(error)} retry={() => location.reload()} />
    </main>
  );
}

/** The server did not say who we are. */
export function Unreachable({ error, reset }: ErrorComponentProps) {
  const t = useT();
  const router = useRouter();
  const problem = problemOf(error);
  return (
    <main>
      <Failure
        what={t("app.crashed")}
        why={problemText(problem)}
        traceId={problem.traceId}
        retry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </main>
  );
}
