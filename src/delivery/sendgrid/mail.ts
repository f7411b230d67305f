import { addressOnTheWire, automaticMailHeaders, headerText } from "../mail-text.ts";
import type { EmailMessage } from "../provider.ts";

/**
 * The custom argument that holds the handover's reference. SendGrid puts it into every
 * event of the message, at the top level.
 */
export const referenceArgument = "passcode_reference";

/** The body of a Mail Send request: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
export function mailOf(message: EmailMessage, { from, reference }: { from: string; reference: string }) {
  return {
    // No name with the address: what a name holds can be taken for another address (sendgrid-csharp issue 268).
    personalizations: [
      { to: [{ email: addressOnTheWire(message.to) }], custom_args: { [referenceArgument]: reference } },
    ],
    from: { email: from, name: headerText(message.senderName) },
    subject: headerText(message.subject),
    // SendGrid wants them in this order.
    content: [
      { type: "text/plain", value: message.text },
      { type: "text/html", value: message.html },
    ],
    headers: automaticMailHeaders,
    mail_settings: {
      // Who wants no more news still has to log in; addresses that bounce, or call it spam, stay left out.
      bypass_unsubscribe_management: { enable: true },
      footer: { enable: false },
    },
    // Whatever the account does to its other mail, a mail with a code arrives as it was written.
    tracking_settings: {
      click_tracking: { enable: false, enable_text: false },
      open_tracking: { enable: false },
      subscription_tracking: { enable: false },
      ganalytics: { enable: false },
    },
  };
}
