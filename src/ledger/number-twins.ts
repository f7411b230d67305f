/**
 * Numbers that reach one subscriber in two valid spellings, as [the other spelling, the one
 * that limits are counted under]. Each tells why, and where that can be read.
 */
const twins: readonly (readonly [spelling: RegExp, counted: string])[] = [
  // Argentina marks a mobile with a 9 for callers from abroad, and SMS do without. The blocks of mobile and
  // fixed lines do not overlap. (libphonenumber's FAQ; github.com/google/libphonenumber/issues/684)
  [/^\+549(?=\d{10}$)/, "+54"],
  // Palestine's numbers are reached under Israel's code too: mobiles 56 and 59, and fixed lines whose number
  // begins with a 2 in the areas 2, 4, 8 and 9. (github.com/google/libphonenumber/issues/1134, pull 3020)
  [/^\+972(?=5[69]\d{7}$|[2489]2\d{6}$)/, "+970"],
  // Gabon put the digit of the operator between the zero and the rest of its numbers in 2019, and ran both plans side
  // by side for years; the old numbers were dialled from abroad with their zero and without. (ARCEP, plan of 15 November 2019)
  [/^\+2410?1(?=\d{6}$)/, "+24111"],
  [/^\+2410?([256])(?=\d{6}$)/, "+2416$1"],
  [/^\+2410?([47])(?=\d{6}$)/, "+2417$1"],
  [/^\+2410?3(?=\d{6}$)/, "+24103"],
  // Kosovo's mobiles had the codes of Monaco and Slovenia, and kept them beside its own of 2016 for years. (ARKEP,
  // after samenacouncil.org, news 70458; en.wikipedia.org/wiki/Telephone_numbers_in_Kosovo)
  [/^\+377(?=4[45]\d{6}$)/, "+383"],
  [/^\+386(?=4[39]\d{6}$)/, "+383"],
  // Landlines of San Marino are also an area of Italy, 0549. (en.wikipedia.org/wiki/Telephone_numbers_in_San_Marino)
  [/^\+39(?=0549\d{6}$)/, "+378"],
  // Landlines of Northern Ireland, area 028 of Britain, are also area 048 of Ireland.
  // (en.wikipedia.org/wiki/Telephone_numbers_in_the_Republic_of_Ireland)
  [/^\+35348(?=\d{8}$)/, "+4428"],
];

/** Of the spellings of a number the one that its limits are counted under. Takes and answers E.164. */
export function oneOfTwins(e164: string): string {
  const twin = twins.find(([spelling]) => spelling.test(e164));
  return twin === undefined ? e164 : e164.replace(...twin);
}
