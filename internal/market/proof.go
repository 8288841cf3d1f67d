package market

import (
	"math"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
)

// proof is what a reading that came to its end says of the rows that it should
// have brought and did not.
type proof struct {
	question
	unread
	started, ended int64
}

// unread are the rows of a reading that could not be understood.
type unread struct {
	count  int
	digits []string // their numbers; nil where they are not known of all
}

func unreadOf(got exchange.Reading) unread {
	u := unread{count: got.Unreadable}
	if len(got.Unread) == got.Unreadable {
		u.digits = got.Unread
	}
	return u
}

// may reports whether a number may be one of them.
func (u *unread) may(number uint64) bool {
	return u.count > 0 && (len(u.digits) == 0 || slices.Contains(u.digits, digitsOf(number)))
}

// below returns how many of them may begin with a prefix.
func (u *unread) below(prefix string) int {
	if len(u.digits) == 0 {
		return u.count
	}
	n := 0
	for _, d := range u.digits {
		if strings.HasPrefix(d, prefix) {
			n++
		}
	}
	return n
}

// absence is what is known of a row that was missed: when the reading began
// that is the first to have missed it, and when that one ended. Only one that
// began later still proves that the number is gone.
type absence struct{ at, ended int64 }

// inDoubt is the end of a reading that proves nothing.
const inDoubt = math.MaxInt64

// lost is what the hot value of a cell holds of a row that went astray or was
// missed.
type lost struct {
	seen int64 // when the reading began that brought it last
	absence
}

// since is from when on it is waited for a row.
func (l *lost) since() int64 { return max(l.seen, l.at) }

// verdict is what a reading says of one row.
type verdict int

const (
	unproven verdict = iota // nothing that was not known
	strayed                 // it is not what was asked for any more, or is gone
	departed                // it is not of the type any more, or is gone
	unseen                  // it was missed, and this is no proof
	missing                 // it was missed for the first time
	gone
)

// sure reports whether a row was missed before by a reading that may be the first
// of two.
func (p *proof) sure(flags uint16, was absence) bool {
	return flags&flagMissed != 0 && was.ended <= ahead(time.UnixMicro(p.ended))
}

// of says what becomes of a row of a number with these flags that was missed before as
// given.
func (p *proof) of(number uint64, flags uint16, was absence) verdict {
	sure, doubt := p.sure(flags, was), p.may(number)
	switch {
	case p.one:
		return gone
	case doubt && flags&(flagAstray|flagMissed) == 0:
		return unseen
	case doubt:
		return unproven
	case p.narrows() && !sure:
		return p.narrowly(flags)
	case p.narrows():
		return unproven
	case !sure:
		return missing
	case was.ended < p.started:
		return gone
	}
	return unproven
}

// narrowly is of, for a reading of one type or of some features.
func (p *proof) narrowly(flags uint16) verdict {
	switch {
	case p.features == 0 && flags&flagLeft == 0:
		return departed
	case flags&flagAstray == 0 || flags&flagMissed != 0:
		return strayed
	}
	return unproven
}
