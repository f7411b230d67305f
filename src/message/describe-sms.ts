import { builtIn } from "./built-in.ts";
import { languageTags } from "./language.ts";
import { type Samples, sampleRequest } from "./sample.ts";
import { type SmsEncoding, smsParts, unitsMax } from "./segments.ts";
import { smsMessage } from "./sms.ts";
import type { Templates } from "./templates.ts";

/**
 * How the SMS templates travel with the samples, those of one form on a line: `GSM-7, 1
 * segment: de (92 of 160), en (88 of 160)`. A profile without any has the built-in ones.
 * What the preferred alphabet lacks a character of travels in UCS-2.
 */
export function describeSms(
  templates: Templates,
  samples: Samples,
  preferred: SmsEncoding = "GSM-7",
): string[] {
  const described = templates.own("sms") ?? languageTags().map(builtIn);
  const lines = new Map<string, string[]>();
  for (const one of described) {
    const request = sampleRequest(samples, { locale: one.tag });
    const { text } = smsMessage({ request, templates: one, variables: templates.variables });
    const { form, fill } = segmentsOf(text, preferred);
    lines.set(form, [...(lines.get(form) ?? []), `${one.tag} ${fill}`]);
  }
  return Array.from(lines, ([form, tags]) => `${form}: ${tags.join(", ")}`);
}

/** The alphabet of an SMS, its segments and how full they are: `GSM-7, 1 segment (92 of 160)`. */
export function describeSegments(text: string): string {
  const { form, fill } = segmentsOf(text);
  return `${form} ${fill}`;
}

function segmentsOf(text: string, preferred?: SmsEncoding): { form: string; fill: string } {
  const { encoding, units, parts } = smsParts(text, preferred);
  const { single, concatenated } = unitsMax[encoding];
  const [segments, room] =
    parts.length === 1 ? ["1 segment", single] : [`${parts.length} segments`, parts.length * concatenated];
  return { form: `${encoding}, ${segments}`, fill: `(${units} of ${room})` };
}
