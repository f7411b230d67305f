/** An address as SMPP has it: SMPP 3.4, sections 5.2.5 (TON) and 5.2.6 (NPI). */
export interface SmppAddress {
  ton: number;
  npi: number;
  text: string;
}

export const e164 = /^\+[1-9][0-9]{1,14}$/;

/** A number that only some networks know. */
export const shortCode = /^[0-9]{3,8}$/;

/** Up to 11 characters, a letter among them: those that are the same in ASCII and, but for the underscore, in GSM-7. */
export const alphanumericSender = /^(?=.*[A-Za-z])(?! )[A-Za-z0-9 &+._-]{1,11}(?<! )$/;

/** Of a number in E.164, a short code or an alphanumeric sender. */
export function smppAddress(address: string): SmppAddress {
  if (e164.test(address)) return { ton: 1, npi: 1, text: address.slice(1) };
  if (shortCode.test(address)) return { ton: 3, npi: 0, text: address };
  return { ton: 5, npi: 0, text: address };
}
