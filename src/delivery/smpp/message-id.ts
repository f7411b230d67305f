/**
 * The names that a message with this id may be remembered by: there are SMSCs that answer
 * an id in hexadecimal and report it in decimal, or the other way round.
 *
 * The first one is what to remember: the number in decimal, wherever the id is one for
 * certain. Bare digits may be of either base, and so have more than one name.
 */
export function namesOf(messageId: string): readonly [string, ...string[]] {
  if (hexadecimal.test(messageId)) return [decimalOf(messageId)];
  if (!digits.test(messageId)) return [messageId];
  const inHexadecimal = BigInt(messageId).toString(16);
  return [
    messageId.replace(/^0+(?=.)/, ""),
    ...(digits.test(inHexadecimal) ? [inHexadecimal] : []),
    decimalOf(messageId),
  ];
}

/**
 * Both are so long that no two messages of one day have a name in common: an SMSC counts
 * on, and its next ids are millions away from the same digits in another base. Shorter ids
 * are names as they are.
 */
const hexadecimal = /^(?=.*[a-f])[0-9a-f]{7,16}$/i;
const digits = /^[0-9]{7,20}$/;

function decimalOf(hexadecimalId: string): string {
  return BigInt(`0x${hexadecimalId}`).toString();
}
