import type { Message } from "../delivery/provider.ts";
import type { Channel } from "../ledger/channel.ts";
import { composeMessage, type MessageRequest } from "../message/compose-message.ts";
import { describeSegments } from "../message/describe-sms.ts";
import { partsOf } from "../message/part.ts";
import type { Template } from "../message/template.ts";
import type { Profile } from "../passcode/profile.ts";

/** The templates that messages are made with: one as it can be put into a file, several under their names. */
export function sourcesShown(
  profile: Profile,
  channels: readonly Channel[],
  { locale }: MessageRequest,
  htmlAlone: boolean,
): string {
  const sources: Template[] = channels.flatMap((channel) => {
    const templates = profile.templates.choose(channel, locale);
    return htmlAlone ? templates.part("email.html") : partsOf[channel].map((part) => templates.part(part));
  });
  if (sources.length === 1) return sources.map(({ source }) => source).join("");
  return sources.map(({ name, source }) => `==> ${name} <==\n${source.replace(/\n?$/, "\n")}`).join("\n");
}

/** Messages for the eye: how each goes, then its text behind a bar. */
export function messagesShown(
  profile: Profile,
  channels: readonly Channel[],
  request: MessageRequest,
  htmlAlone: boolean,
): string {
  return channels.map((channel) => messageShown(profile, channel, request, htmlAlone)).join("\n");
}

function messageShown(
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
