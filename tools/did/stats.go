package did

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"didops/internal/didyoumean"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/sanitize"
	"didops/internal/view"
)

// readStats says what a reading of the market came to.
type readStats struct {
	Matched    int // rows that fit and can be bought
	Hidden     int // rows that fit but have no id to buy them by
	Unpriced   int // rows that fit and can be bought, but have no price for what they are sorted by
	Unreadable int
	Undecided  int // rows that fit in a wanted country, if they are in it
	Complete   bool
	stopped    string    // why the reading ended before the end of the market; "" where it did not
	final      bool      // reading again at once would come to the same
	rows       int       // read from the exchange
	remembered bool      // some is from memory
	began      time.Time // the oldest reading that it rests upon
	newest     time.Time // the youngest one; zero = it as well
	until      time.Time // when the whole reading has to end; zero = not bounded
	config     Config
	city       cityProof       // of the rows that fit and can be bought
	vendors    map[string]bool // of the rows that fit but for the vendor, as shown
	own        ownSums         // of own numbers that fit
	why        []string        // nothing fits, a sentence each; nil where something does
}

// newReadStats begins the count of a reading that starts now.
func newReadStats(c Config) readStats {
	t := readStats{config: c, began: c.Now(), Complete: true, final: true, vendors: map[string]bool{}}
	if c.Deadline > 0 {
		t.until = t.began.Add(c.Deadline)
	}
	return t
}

// vendorsKept bounds what is remembered to suggest vendors.
const vendorsKept = 500

// account takes over what one reading came to and reports whether another may
// follow. An error makes the result a part where rows are at hand; where there
// are none, there is no result.
func (t *readStats) account(ctx context.Context, r exchange.Reading, err error) (more bool, _ error) {
	t.Unreadable += r.Unreadable
	if err != nil {
		if t.rows == 0 && !t.remembered || ctx.Err() != nil {
			return false, err
		}
		r.Reason = cmp.Or(r.Reason, brokenOff(err))
	}
	if r.Complete {
		return true, nil
	}
	t.Complete = false
	t.final = t.final && (r.Bounded || r.End)
	switch {
	case r.Bounded:
		t.stopped = "only the first " + view.Plural(t.rows, "number") + " read, as many as [exchange] max_rows allows"
	case !r.End && t.late():
		t.stopped = fmt.Sprintf("only the first %s read in %s, as long as [exchange] read_deadline allows", view.Plural(t.rows, "number"), t.config.Deadline)
	case !r.End:
		t.stopped = r.Reason
	}
	return r.End, nil
}

func (t *readStats) late() bool { return !t.until.IsZero() && !t.config.Now().Before(t.until) }

func brokenOff(err error) string {
	if f, ok := fault.As(err); ok {
		return "the reading broke off: " + f.Message
	}
	return "the reading broke off"
}

// reason says why the result is not complete; "" where it is.
func (t *readStats) reason() string {
	var all []string
	if t.stopped != "" {
		all = append(all, t.stopped)
	}
	if t.Unreadable > 0 {
		all = append(all, "left out: "+view.Plural(t.Unreadable, "row")+" that could not be understood")
	}
	if t.Undecided > 0 {
		all = append(all, "left out: "+view.Plural(t.Undecided, "number")+" of a dialling code of several countries, of which the exchange does not say which")
	}
	return strings.Join(all, "; ")
}

func (t *readStats) offer(match *matcher, o *exchange.Offer, take func(*exchange.Offer)) {
	if !match.match(&o.Number) {
		if match.sells(&o.Number) && match.undecided(&o.Number) {
			t.leaveOut()
		}
		return
	}
	if o.Vendor != "" && !t.vendors[o.Vendor] && len(t.vendors) < vendorsKept {
		t.vendors[o.Vendor] = true
	}
	if !match.sells(&o.Number) {
		return
	}
	if o.ID == "" {
		t.Hidden++
		return
	}
	t.Matched++
	t.city.row(match, &o.Number)
	take(o)
}

// leaveOut counts a row that may be in a wanted country.
func (t *readStats) leaveOut() {
	t.Undecided++
	t.Complete = false
}

// checkVendor returns [fault.Invalid] where no row has the vendor but some
// have one of nearly the same name.
func (t *readStats) checkVendor(vendor string) error {
	if vendor == "" || !t.nothing() {
		return nil
	}
	near := didyoumean.Words(vendor, t.sellers())
	if len(near) == 0 {
		return nil
	}
	what := "number that fits"
	if !t.Complete {
		what = "number that was read and fits"
	}
	return fault.New(fault.Invalid, "no %s is sold by %q", what, sanitize.Clean(vendor, 40)).
		WithField("vendor").WithHint("%s", didyoumean.Question(view.QuotedAll(near)))
}

// nothing reports whether no row fits, be it one that can't be bought.
func (t *readStats) nothing() bool { return t.Matched+t.Hidden+t.Unpriced == 0 }

func (t *readStats) sellers() []string {
	return slices.Sorted(maps.Keys(t.vendors))
}

// young reports whether what is from memory is as young now as was asked for.
func (t *readStats) young() bool {
	return !t.remembered || t.config.Now().Sub(t.began) <= t.config.MaxAge
}

// asOf is the time of the oldest reading that the result rests upon.
func (t *readStats) asOf() time.Time { return t.began.UTC().Truncate(time.Second) }

// age says when what the result rests upon was read, as a sentence.
func (t *readStats) age() string {
	text := "As of " + t.asOf().Format("2006-01-02 15:04:05 UTC")
	if t.remembered {
		now := t.config.Now()
		oldest, youngest := ago(now.Sub(t.began)), ago(now.Sub(cmp.Or(t.newest, t.began)))
		if oldest != youngest {
			oldest = youngest + " to " + oldest
		}
		text += ", read " + oldest + " ago"
	}
	return text + "."
}

// ago is a time that has passed, in words.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
