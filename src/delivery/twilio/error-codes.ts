import { meaningsOf } from "../error-meaning.ts";

/**
 * The codes of Twilio's list that a message or a call can meet, in an answer or in a
 * report: https://www.twilio.com/docs/api/errors, read in December 2026.
 *
 * A code that is not among them is of another product, or newer: the status tells then.
 */
export const meaningOfCode = meaningsOf<number>({
  destinationRefused: [
    21202, // A premium number.
    21211, // Not a valid number.
    21214, // A number that cannot be reached.
    21217, // Not a number that could be valid.
    21265, // A short code.
    21266, // The sender's own number.
    21268, // A premium number, or an information service.
    21401, // Not a valid number.
    21421, // Not a valid number.
    21612, // This sender cannot reach this number, which says nothing about others.
    21614, // Not a mobile number.
    21635, // A landline.
    30005, // Nobody has the number.
    30006, // A landline, or a carrier that cannot be reached.
    63024, // Not a recipient of the channel.
  ],
  blocked: [
    14107, // Too many messages to the number: anybody can have one number sent many.
    21216, // Calls to the number are blocked by Twilio.
    21610, // Opted out.
    30004, // The number takes no such messages.
    30007, // Filtered by Twilio or the carrier.
    30038, // Filtered for being a one-time passcode.
    30039, // Filtered as part of a loop.
    30450, // Held back by Twilio as likely fraud.
    63013, // Against a rule of the channel.
    63014, // Blocked by its recipient.
    63026, // Taken for spam.
    63033, // Blocked by its recipient.
  ],
  overloaded: [
    10004, // As many calls at once as the account may have.
    20429, // Too many requests.
    20503, // Out of service for now.
    21611, // The sender's queue is full: of its messages to everybody, not of those to one number.
    22005, // The queue of calls is full.
    30001, // The queues of the messaging service's senders are full.
    30022, // The sender's rate in the USA is exceeded.
    63017, // The rate of the channel is exceeded.
    63018, // The rate of the channel is exceeded.
  ],
  // 20500: "it is possible for a customer to receive multiple messages" if it is sent again.
  failed: [
    ...[20500, 20504, 30020, 30021, 30410, 30500, 63009, 63010, 63012, 63023], // An error of Twilio's own, or a time-out.
    22001, // The call timed out.
    30003, // The phone is off, or out of reach for now.
    30008, // Nobody knows why.
    30017, // The carrier is congested.
    30036, // Not delivered in the time it was valid for.
    30046, // Delivered or not, nobody confirms it.
    ...[30453, 30485], // Not delivered.
    ...[63003, 63032, 63036], // Not reachable by this channel.
  ],
  accountRefused: [
    ...[10001, 10002, 10003, 10005], // Not active, a trial, or without calls.
    ...[14101, 14102, 14103, 14104, 14105, 14106, 14108, 14109, 14110, 14111], // A message out of TwiML.
    ...[20001, 20002, 20003, 20004, 20005, 20006, 20008, 20010, 20011, 20012], // The log-in, its rights, TLS.
    ...[20101, 20102, 20103, 20104, 20105, 20106, 20107], // The access token.
    ...[20151, 20152, 20153, 20154, 20155, 20156, 20157, 20159, 20160],
    ...[20403, 20404, 20409, 20410, 20413, 20422, 20423, 20426], // The request.
    ...[21201, 21203, 21204, 21205, 21206, 21207, 21208, 21209, 21210], // A call's parameters and sender.
    ...[21212, 21213, 21215, 21218, 21219, 21220, 21226, 21252, 21264, 21267, 21300],
    ...[21402, 21403, 21407, 21408, 21420, 21470, 21471, 21472], // The region is not enabled, and the like.
    ...[21601, 21602, 21603, 21604, 21605, 21606, 21607, 21608, 21609], // A message's parameters and sender.
    ...[21613, 21616, 21617, 21618, 21619, 21620, 21621, 21622, 21623, 21624, 21626, 21627],
    ...[21652, 21653, 21654, 21655, 21656, 21657, 21658, 21659, 21660, 21661, 21662, 21663],
    ...[21664, 21665, 21666, 21667, 21668],
    ...[21701, 21702, 21703, 21704, 21705, 21708, 21709, 21711, 21713, 21715, 21717, 21719, 21720], // The service.
    ...[30002, 30037], // The account is suspended.
    ...[30010, 30011, 30012, 30013, 30014, 30015, 30016, 30018, 30019],
    // The allowance of a day is used up: to wait for seconds, as their status 429 suggests, would not help.
    ...[30023, 30027, 30454, 63038],
    ...[30024, 30032, 30033, 30034, 30035, 30040, 30041, 30042, 30043], // The sender is not registered.
    ...[30028, 30029, 30030, 30031, 30044, 30045],
    ...[63001, 63002, 63005, 63006, 63007, 63008, 63011, 63016, 63020, 63021, 63031, 63035], // The channel's sender.
  ],
});
