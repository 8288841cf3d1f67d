package market

import (
	"strings"
	"time"

	"didops/internal/exchange"
)

// reading is what is known of the readings of one question.
type reading struct {
	question
	unread
	started int64 // Unix microseconds, of the last that came to its end; 0: none did
	ended   int64
	rows    int   // that it brought
	large   int64 // when one was broken off because there was too much; 0: none was
}

// Known is a part of the market that is answered from memory.
type Known struct {
	Prefix     string    // leading digits
	AsOf       time.Time // when the reading began that it rests upon
	Unreadable int       // rows of that reading that could not be understood and may be of this part
}

// Plan says how a question is answered.
type Plan struct {
	Known   []Known  // from memory
	Missing []string // from the exchange: leading digits, none within another
}

// AsOf returns the time of the oldest part from memory; zero where there is
// none.
func (p *Plan) AsOf() time.Time {
	var oldest time.Time
	for _, k := range p.Known {
		if oldest.IsZero() || k.AsOf.Before(oldest) {
			oldest = k.AsOf
		}
	}
	return oldest
}

const (
	// largeFor is how long a part counts as too large to be read in one piece.
	largeFor = 24 * time.Hour
	// readingsFor is how long a reading is kept: longer than an answer may be old.
	readingsFor = 8 * 24 * time.Hour
	// worthAPart is how many rows known from memory make it worth to ask for
	// one more part of what is missing: about what two pages bring.
	worthAPart = 1000
	// deepest is how many leading digits a part has at most: more than area
	// codes have.
	deepest = 9
)

// ahead is the latest time that something can have, Unix microseconds: clocks of
// processes differ a little. What is later was written when a clock was wrong, and
// is of no time that is known.
func ahead(now time.Time) int64 { return now.Add(time.Minute).UnixMicro() }

// plan divides a question into what readings since a moment answer and what is
// to be asked for.
func plan(readings []reading, q exchange.MarketQuery, since, now time.Time) Plan {
	p := planner{since: since.UnixMicro(), large: map[string]bool{}}
	p.take(readings, asked(q), now)
	part, _ := p.divide(q.Prefix)
	return part
}

type planner struct {
	since int64
	fresh []*reading
	large map[string]bool
}

// take takes in the readings that are about a question.
func (p *planner) take(readings []reading, want question, now time.Time) {
	for i := range readings {
		r := &readings[i]
		if !r.includes(want) || r.started > ahead(now) {
			continue
		}
		if r.started >= p.since && r.started > 0 {
			p.fresh = append(p.fresh, r)
		}
		if r.large > now.Add(-largeFor).UnixMicro() && r.kind == want.kind && r.features == want.features {
			p.large[r.prefix] = true
		}
	}
}

// divide plans for one prefix, and returns how many rows memory has of it.
func (p *planner) divide(prefix string) (Plan, int) {
	if r := p.covering(prefix); r != nil {
		return Plan{Known: []Known{{prefix, time.UnixMicro(r.started).UTC(), r.below(prefix)}}}, r.rows
	}
	whole := Plan{Missing: []string{prefix}}
	large := p.large[prefix]
	if len(prefix) >= deepest || !large && !p.within(prefix) {
		return whole, 0
	}
	var parts Plan
	rows := 0
	for d := '0'; d <= '9'; d++ {
		if prefix == "" && d == '0' {
			continue // no number begins so (E.164, section 6)
		}
		part, n := p.divide(prefix + string(d))
		parts.Known = append(parts.Known, part.Known...)
		parts.Missing = append(parts.Missing, part.Missing...)
		rows += n
	}
	if !large && len(parts.Missing) > 1+rows/worthAPart {
		return whole, 0
	}
	return parts, rows
}

// covering returns the latest reading that holds all numbers of a prefix.
func (p *planner) covering(prefix string) *reading {
	var best *reading
	for _, r := range p.fresh {
		if strings.HasPrefix(prefix, r.prefix) && (best == nil || r.started > best.started) {
			best = r
		}
	}
	return best
}

// within reports whether a part of a prefix is known.
func (p *planner) within(prefix string) bool {
	for _, r := range p.fresh {
		if strings.HasPrefix(r.prefix, prefix) {
			return true
		}
	}
	return false
}
