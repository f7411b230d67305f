import type { Message } from "../delivery/provider.ts";
import type { Channel } from "../ledger/channel.ts";
import { composeMessage, type MessageRequest } from "../message/compose-message.ts";
import { describeSegments } from "../message/describe-sms.ts";
import { partsOf } from "../message/part.ts";
import type { Template } from "../message/template.ts";
import type { Profile } from "../passcode/profile.ts";

/** The templates that a message is made with. */
export function sourcesOf(
  profile: Profile,
  channel: Channel,
  { locale }: MessageRequest,
  htmlAlone: boolean,
): string {
  const templates = profile.templates.choose(channel, locale);
  const sources: Template[] = htmlAlone
    ? [templates.part("email.html")]
    : partsOf[channel].map((part) => templates.part(part));
  if (sources.length === 1) return sources.map(({ source }) => source).join("");
  return sources.map(({ name, source }) => `==> ${name} <==\n${source}`).join("\n");
}

/** A message for the eye: how it goes, then its text behind a bar. */
export function messageShown(
  profile: Profile,
  channel: Channel,
  request: MessageRequest,
  htmlAlone: boolean,
): string {
  const message = composeMessage(profile.templates, channel, request);
  if (htmlAlone && message.channel === "email") return message.html;
  const { tag } = profile.templates.choose(channel, request.locale);
  const { heading, lines } = described(message, tag);
  return `${heading}\n${lines.map((line) => `  │ ${line}`.trimEnd()).join("\n")}\n`;
}

function described(message: Message, tag: string): { heading: string; lines: string[] } {
  switch (message.channel) {
    case "sms":
      return { heading: `SMS in ${tag}: ${describeSegments(message.text)}`, lines: message.text.split("\n") };
    case "voice": {
      const { speech, keyPress } = message;
      const said = speech.parts.map((part) =>
        part.kind === "words" ? part.text : [...part.characters].join(" "),
      );
      return {
        heading: `Call in ${tag}, by a voice for ${speech.locale}`,
        lines: [...(keyPress === undefined ? [] : [keyPress.prompt, ""]), ...said],
      };
    }
    case "email":
      return {
        heading: `E-mail in ${tag} from ${message.senderName}: ${message.subject}`,
        lines: message.text.trimEnd().split("\n"),
      };
  }
}
