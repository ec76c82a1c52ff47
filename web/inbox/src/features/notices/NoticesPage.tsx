import { Button, Switch } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { channelTitle } from "../../i18n/channel.ts";
import { currentLanguage, type Key, t, useT } from "../../i18n/index.ts";
import { serverNow } from "../../rpc/clock.ts";
import { ChannelTile } from "../../ui/ChannelTile.tsx";
import { Field } from "../../ui/Field.tsx";
import { Page, Section } from "../../ui/Page.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { useTitle } from "../../ui/title.ts";
import { toast } from "../../ui/toasts.ts";
import { Ask } from "./Ask.tsx";
import css from "./notices.module.css";
import { type NoticePreferences, type Scope, SCOPES, useNoticePreferences } from "./preferences.ts";
import { permission, popUp } from "./ring.ts";
import { play, TONE_NAMES, type ToneName, wakeSound } from "./tones.ts";

type PartProps = { preferences: NoticePreferences; change: (part: Partial<NoticePreferences>) => void };

/** What rings, how it sounds, and when it is quiet; saved as it is changed, for every browser of this person. */
export function NoticesPage() {
  useT();
  useTitle(t("settings.notices"));
  const [preferences, change] = useNoticePreferences();
  return (
    <Page title={t("settings.notices")}>
      <Popups preferences={preferences} change={change} />
      <What preferences={preferences} change={change} />
      <Sound preferences={preferences} change={change} />
      <QuietHours preferences={preferences} change={change} />
    </Page>
  );
}

/** The browser's permission is this browser's own, so it is told apart from the choice. */
function Popups({ preferences, change }: PartProps) {
  const [state, setState] = useState(permission);
  const test = (): void =>
    popUp({ id: "test", kind: "inbound", subjectId: "test", channel: "", title: t("notices.testTitle"), text: t("notices.testText"), by: "", at: serverNow(), seq: 0, read: true }, preferences.preview, () => undefined);
  return (
    <Section title={t("notices.popups")}>
      <Ask onAnswer={setState} />
      {state === "denied" && <Strip tone="amber">{t("notices.denied")}</Strip>}
      {state === "unsupported" && <Strip tone="amber">{t("notices.unsupported")}</Strip>}
      <Switch label={t("notices.popup")} description={t("notices.popupHint")} checked={preferences.popup} onChange={(event) => change({ popup: event.currentTarget.checked })} />
      <Switch label={t("notices.preview")} description={t("notices.previewHint")} checked={preferences.preview} onChange={(event) => change({ preview: event.currentTarget.checked })} />
      {state === "granted" && (
        <Button variant="default" onClick={test}>
          {t("notices.test")}
        </Button>
      )}
    </Section>
  );
}

const SCOPE_NAMES: Record<Scope, Key> = { departments: "notices.scope.departments", mine: "notices.scope.mine", mentions: "notices.scope.mentions" };

function What({ preferences, change }: PartProps) {
  return (
    <Section title={t("notices.what")}>
      <fieldset className={css.choices}>
        <legend>{t("notices.scope")}</legend>
        {SCOPES.map((scope) => (
          <label key={scope}>
            <input type="radio" name="scope" checked={preferences.scope === scope} onChange={() => change({ scope })} /> {t(SCOPE_NAMES[scope])}
          </label>
        ))}
      </fieldset>
      <p className={css.muted}>{t("notices.whatHint")}</p>
    </Section>
  );
}

const TONE_LABELS: Record<ToneName, Key> = { drop: "notices.tone.drop", bell: "notices.tone.bell", chime: "notices.tone.chime", knock: "notices.tone.knock", none: "notices.tone.none" };

function Sound({ preferences, change }: PartProps) {
  const { data } = useQuery(ChannelAccountService.method.listChannelAccounts, { pageSize: 200 });
  const channels = [...new Set(data?.accounts.map((account) => account.channel))].sort();
  const { tones, volume } = preferences;
  const hear = (tone: ToneName): void => {
    wakeSound();
    // Waking takes a moment: the tone follows it.
    setTimeout(() => play(tone, volume) || toast(t("notices.noSound"), { error: true }), 60);
  };
  return (
    <Section title={t("notices.sound")}>
      <Switch label={t("notices.soundOn")} checked={preferences.sound} onChange={(event) => change({ sound: event.currentTarget.checked })} />
      <Field label={t("notices.volume")}>
        {({ className: _, ...props }) => (
          <div className={css.volume}>
            <input {...props} type="range" min={0} max={100} step={5} disabled={!preferences.sound} value={volume} onChange={(event) => change({ volume: Number(event.target.value) })} />
            <output>{volume} %</output>
          </div>
        )}
      </Field>
      <div>
        {["", ...channels].map((channel) => (
          <Tone key={channel} channel={channel} tone={tones[channel]} inherited={tones[""] ?? "drop"} disabled={!preferences.sound} onChange={(tone) => change({ tones: withTone(tones, channel, tone) })} onHear={hear} />
        ))}
      </div>
    </Section>
  );
}

function withTone(tones: NoticePreferences["tones"], channel: string, tone: ToneName | undefined): Record<string, ToneName> {
  const { [channel]: _, ...others } = tones;
  return tone ? { ...others, [channel]: tone } : others;
}

type ToneProps = { channel: string; tone: ToneName | undefined; inherited: ToneName; disabled: boolean; onChange: (tone: ToneName | undefined) => void; onHear: (tone: ToneName) => void };

function Tone({ channel, tone, inherited, disabled, onChange, onHear }: ToneProps) {
  const name = channel ? channelTitle(channel) : t("notices.everyChannel");
  return (
    <div className={css.tone}>
      {channel && <ChannelTile channel={channel} title={name} />}
      <span className={css.toneName}>{name}</span>
      <select aria-label={t("notices.toneOf", { channel: name })} disabled={disabled} value={tone ?? ""} onChange={(event) => onChange(TONE_NAMES.find((one) => one === event.target.value))}>
        {channel && <option value="">{t("notices.tone.same")}</option>}
        {TONE_NAMES.map((one) => (
          <option key={one} value={one}>
            {t(TONE_LABELS[one])}
          </option>
        ))}
      </select>
      <Button variant="default" size="compact-sm" disabled={disabled || (tone ?? inherited) === "none"} aria-label={t("notices.hear", { channel: name })} leftSection={<IconPlayerPlay size={16} stroke={1.75} aria-hidden="true" />} onClick={() => onHear(tone ?? inherited)}>
        {t("notices.try")}
      </Button>
    </div>
  );
}

// Monday, 5 January 2026.
const MONDAY = Date.UTC(2026, 0, 5, 12);
const DAY_MS = 86_400_000;
const DAYS = [1, 2, 3, 4, 5, 6, 7];

function QuietHours({ preferences, change }: PartProps) {
  const { quiet } = preferences;
  const set = (part: Partial<typeof quiet>): void => change({ quiet: { ...quiet, ...part } });
  const toggle = (day: number): void => set({ days: quiet.days.includes(day) ? quiet.days.filter((other) => other !== day) : [...quiet.days, day].sort() });
  return (
    <Section title={t("notices.quiet")}>
      <Switch label={t("notices.quietOn")} description={t("notices.quietHint")} checked={quiet.on} onChange={(event) => set({ on: event.currentTarget.checked })} />
      {quiet.on && (
        <>
          <div className={css.pair}>
            <Field label={t("notices.from")}>{(props) => <input {...props} type="time" required value={clockText(quiet.from)} onChange={(event) => set({ from: minutesOf(event.target.value, quiet.from) })} />}</Field>
            <Field label={t("notices.to")} hint={quiet.to < quiet.from ? t("notices.nextDay") : undefined}>
              {(props) => <input {...props} type="time" required value={clockText(quiet.to)} onChange={(event) => set({ to: minutesOf(event.target.value, quiet.to) })} />}
            </Field>
          </div>
          <fieldset className={css.days}>
            <legend>{t("notices.days")}</legend>
            {DAYS.map((day) => (
              <label key={day}>
                <input type="checkbox" checked={quiet.days.includes(day)} onChange={() => toggle(day)} /> {new Intl.DateTimeFormat(currentLanguage(), { weekday: "short", timeZone: "UTC" }).format(MONDAY + (day - 1) * DAY_MS)}
              </label>
            ))}
          </fieldset>
        </>
      )}
    </Section>
  );
}

function clockText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

function minutesOf(text: string, otherwise: number): number {
  const match = /^(\d\d):(\d\d)$/u.exec(text);
  return match ? Number(match[1]) * 60 + Number(match[2]) : otherwise;
}
