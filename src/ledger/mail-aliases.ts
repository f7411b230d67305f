/** A mail provider whose mailboxes have several addresses each, by rule. */
interface Rule {
  readonly domain: RegExp;
  /** The domain that its others are counted under; absent: each has mailboxes of its own. */
  readonly counted?: string;
  /** Leaves of the name, in lower case and without `+suffix`, what tells mailboxes apart. */
  fold?(name: string): string;
}

/** Each as the provider's own pages say, or the code it publishes. */
const rules: readonly Rule[] = [
  // support.google.com/mail/answer/7436150; googlemail.com: support.google.com/mail/answer/10313
  {
    domain: /^(?:gmail|googlemail)\.com$/,
    counted: "gmail.com",
    fold: (name) => name.replaceAll(".", ""),
  },
  // support.apple.com/118230
  { domain: /^(?:icloud|me|mac)\.com$/, counted: "icloud.com" },
  // proton.me/support/addresses-and-aliases; dots, hyphens and underscores: removeEmailAlias in github.com/ProtonMail/WebClients
  {
    domain: /^(?:proton\.me|protonmail\.(?:com|ch)|pm\.me)$/,
    counted: "proton.me",
    fold: (name) => name.replaceAll(/[._-]/g, ""),
  },
  // yandex.com/support/id/authorization/email.html (a name is one at all its domains); a dot is a hyphen: yandex.com/support/mail
  {
    domain:
      /^(?:ya\.ru|yandex\.(?:az|by|co\.il|com|com\.am|com\.ge|com\.tr|ee|fr|kg|kz|lt|lv|md|ru|tj|tm|ua|uz))$/,
    counted: "yandex.ru",
    fold: (name) => name.replaceAll(".", "-"),
  },
  // The names of Yahoo's mailboxes have no hyphen; what follows one is a keyword of the owner's.
  // help.yahoo.com, "disposable addresses"; normalizeEmail in github.com/validatorjs/validator.js
  {
    domain: /^(?:yahoo\.(?:[a-z]{2,3}|com\.[a-z]{2}|co\.(?!jp)[a-z]{2})|ymail\.com|rocketmail\.com)$/,
    fold: (name) => name.replace(/(?<=.)-.*$/, ""),
  },
  // In the names of sub-domains (below) an underscore is a hyphen. fastmail.com/blog/two-address-resolving-additions
  {
    domain: /^fastmail\.[a-z.]+$/,
    fold: (name) => name.replaceAll("_", "-"),
  },
];

/** Fastmail takes `anything@name.fastmail.com` for `name+anything@fastmail.com`. fastmail.help/hc/en-us/articles/360060591053 */
const namedBySubdomain =
  /^(?:[^@]*\.)?([^.@]+)\.(fastmail\.(?:com|fm|cn|co\.uk|com\.au|de|es|fr|im|in|jp|mx|net|nl|org|se|to|tw|uk|us))$/;

/**
 * What the limits of an address are counted under: the same for all that reach one mailbox,
 * as far as its provider's rules for names are known. It need not be an address itself.
 *
 * Everywhere letters count in lower case, and `+suffix` not at all.
 */
export function mailboxOf(local: string, domain: string): string {
  const [, name, home] = namedBySubdomain.exec(domain) ?? [];
  if (name !== undefined && home !== undefined) return mailboxOf(name, home);
  const lower = local.toLowerCase();
  // A local part that starts with a plus has no name before it to fall back to.
  const plus = lower.indexOf("+");
  const plain = plus > 0 ? lower.slice(0, plus) : lower;
  const rule = rules.find((one) => one.domain.test(domain));
  const folded = rule?.fold?.(plain) ?? plain;
  return `${folded === "" ? plain : folded}@${rule?.counted ?? domain}`;
}
