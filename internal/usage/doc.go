// Package usage counts what own numbers are used for: it reads the exchange's
// histories of calls and messages day by day, an incremental load with a look
// back, and keeps how many there were of each number and UTC day.
//
// # Exactly once
//
// A day is counted anew as a whole and takes the place of what was known of it:
// so pages that shift, readings that are repeated and crashes between count
// nothing twice, and records that come late are counted within [LookBack].
//
// # Whole or not at all
//
// Only whole readings of both histories count. A day of which some record can't be
// understood is left out, and what is known of every number begins behind it. A
// day of more records than one reading may have is read in parts.
//
// # Never idle by mistake
//
// Nobody has shown yet that these histories tell of calls to bought numbers, how
// far back they reach, or that they have messages. So what is known begins with
// the first day of which they tell anything; and of a number that takes calls
// nothing is known until they have shown a call to some own number, of one that
// takes messages until they have shown a message to some. What they have shown is
// kept with how far they were read, and so is the latter where it came to nothing:
// they are read from the beginning at first, and again when they show one of both.
package usage
