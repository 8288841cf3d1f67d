package order

import (
	"didops/internal/audit"
	"didops/internal/money"
)

// Verdict is what a look at the exchange says of a line that was sent.
type Verdict uint8

// The verdicts.
const (
	Inconclusive Verdict = iota // nothing can be concluded
	Confirmed                   // it was carried out: what is seen proves it
	Presumed                    // it was carried out, unless what was read lacks something
	Refuted                     // a complete reading does not show it as carried out
	Altered                     // it is not as it was before and not as quoted either: carried out only if the exchange said yes
)

// Evidence is the result of a look.
type Evidence struct {
	Verdict Verdict
	Why     string       // a sentence to a person
	Differs Changes      // Confirmed or Altered: what is not as quoted, by field, what was quoted and what was found
	Due     money.Amount // what it costs at once as found; unknown: as quoted, or not told
	Moved   bool         // Refuted, yet not all is as it was before: it may have been carried out, and lists lag
}

// Said is what the exchange answered to a request.
type Said string

// The answers. None of them is proof: what was carried out is told by reading.
const (
	SaidNothing Said = ""      // or nothing that can be trusted
	SaidYes     Said = "yes"   // it reported success
	SaidNo      Said = "no"    // it refused, in words
	SaidLater   Said = "later" // it turned the request away (HTTP 429), which gateways also do with what went through
)

// words says what was answered before it is known what is so.
func (s Said) words() string {
	switch s {
	case SaidYes:
		return "the exchange said yes, and is asked whether it is so"
	case SaidNo:
		return "the exchange said no, and is asked whether it is so"
	case SaidLater:
		return "the exchange turned it away, and is asked whether it is so"
	case SaidNothing:
	}
	return "the exchange said nothing that can be trusted"
}

// shows reports whether a look shows that what the exchange said yes to was
// carried out.
func (e Evidence) shows() bool {
	return e.Verdict == Confirmed || e.Verdict == Presumed || e.Verdict == Altered
}

// String writes what differs for a person: "monthly_fee is 1.65, quoted 0.55".
func (c Changes) String() string { return audit.Differences(c).String() }

// outcome is the evidence of a line that was carried out in words; why is left
// out where all is as quoted, unless it is to be said.
func (e Evidence) outcome(why string) string {
	if len(e.Differs) == 0 {
		return why
	}
	text := "not as quoted: " + e.Differs.String()
	if why != "" {
		text = why + "; " + text
	}
	return text
}
