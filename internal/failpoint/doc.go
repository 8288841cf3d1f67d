// Package failpoint marks the places at which tests end the program, to prove
// what it does about it when it is started again. Without the build tag
// failpoints, with which no released program is built, a mark does nothing.
package failpoint
