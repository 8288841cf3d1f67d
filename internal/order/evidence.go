package order

// Verdict is what a look at the exchange says of a line that was sent.
type Verdict uint8

// The verdicts.
const (
	Inconclusive Verdict = iota // nothing can be concluded
	Confirmed                   // it was carried out: what is seen proves it
	Presumed                    // it was carried out, unless what was read lacked something
	Refuted                     // a complete reading shows it as it was before
)

// Evidence is the result of a look.
type Evidence struct {
	Verdict Verdict
	Why     string // a sentence to a person
}
