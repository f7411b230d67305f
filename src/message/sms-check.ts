import { smsParts } from "./segments.ts";
import { androidBytesMax, bindingLine, smsMessage, smsWording } from "./sms.ts";
import { mark, type Refuse, type Trial } from "./trial.ts";

export function checkSms(
  trial: Trial,
  refuse: Refuse,
  { forAndroid, segmentsMax }: { forAndroid: boolean; segmentsMax: number },
): void {
  const text = smsWording(trial.settings);
  const { length } = smsParts(text).parts;
  if (length > segmentsMax) refuse("sms", `takes ${length} segments, and ${segmentsMax} are the most`);
  if (text.search(bindingLine) >= 0) {
    refuse(
      "sms",
      "has a line that starts with @ and holds a #, which devices take for their own; requests add it",
    );
  }
  if (smsWording(trial.marked).endsWith(mark)) {
    refuse("sms", "ends in a value of the caller's, where Android takes a word for the hash of an app");
  }
  if (forAndroid && !trial.isTransaction) checkLength(trial, refuse);
}

function checkLength({ settings }: Trial, refuse: Refuse): void {
  const request = { ...settings.request, autofill: { kind: "android", hash: "FA+9qCX9VSu" } } as const;
  const bytes = Buffer.byteLength(smsMessage({ ...settings, request }).text);
  if (bytes > androidBytesMax) {
    refuse(
      "sms",
      `takes ${bytes} bytes with the hash of an app, and Android reads ${androidBytesMax}; ` +
        "leave something out with {% unless brief %}",
    );
  }
}
