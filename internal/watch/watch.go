package watch

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/sanitize"
)

// The bounds of what may be watched.
const (
	MaxWatches = 500    // of an exchange and account
	MaxOwn     = 50     // of one owner
	MaxName    = 40     // characters of a name
	MaxPerDay  = 100    // messages a day
	MaxNow     = 20_000 // numbers that fit when a watch is added

	hitsKept     = 200                // of a watch, besides those that are still to be told
	waitingKept  = 5000               // of those
	overKept     = 7 * 24 * time.Hour // how long a watch is listed after its end
	longestWatch = 366 * 24 * time.Hour
)

// HitEvent is how the trail calls it that a look found something. A chat tells
// it where the watch is told, and not where it tells what the trail says.
const HitEvent = "watch hit"

// Watch is what somebody wants to be told of. Texts are cleaned.
type Watch struct {
	ID       string // w- and ten letters or digits
	Exchange string
	Owner    identity.Party
	Name     string
	Filter   json.RawMessage // what fits, as [Market] understands it
	Words    string          // the same for people
	Until    time.Time
	Created  time.Time
	Place    string // where in the chat it is told; "" = nowhere, it is listed
	Quiet    Quiet
	PerDay   int // messages a day, at most

	Settled bool  // the part was read to its end at least once: what is not known is new
	Seq     int   // of the last hit
	Rev     int64 // counts the looks that changed something
	Sending Sending

	Known Set `json:"-"` // what fitted at the last look

	// Unreadable is why the watch can't be read; nil = it can. Of one that can't,
	// nothing is known but ID, Exchange, Owner without a name, and Name in lower case.
	Unreadable error `json:"-"`
}

// Sending is how far the messages about a watch are.
type Sending struct {
	Day    string // the day that Sent is of, where Quiet has its clock
	Sent   int
	Batch  int       // number of the last message
	Begun  time.Time // when that was begun
	Closed string    // why nothing can be told there; "" = it can, or was not tried
	Tries  int       // in a row that failed
	Next   time.Time // not before
}

// Over reports whether the watch is known to be at its end.
func (w *Watch) Over(now time.Time) bool { return w.Unreadable == nil && !now.Before(w.Until) }

// About says what fits, for people.
func (w *Watch) About() string {
	if w.Unreadable != nil {
		return "what it is can't be read"
	}
	return w.Words
}

// key is what a name is told apart by.
func key(name string) string { return strings.ToLower(name) }

// Key is what the watch's name is told apart by from others of its owner.
func (w *Watch) Key() string { return key(w.Name) }

// Offer is a number for sale as it was found. Texts are cleaned.
type Offer struct {
	Number     string       // +E.164
	Country    string       // ISO code, or a name
	Type       string       // mobile …
	Features   []string     // voice, sms …
	MonthlyFee money.Amount // in the currency of the exchange
	SetupFee   money.Amount // once
	Documents  *bool        // needed before use; nil = not stated
	Vendor     string       // the seller's name, as sellers write it
	Came       time.Time    // when its present stay began; zero = not known
}

// same reports whether two offers of a number say the same.
func (o *Offer) same(p *Offer) bool {
	return o.Country == p.Country && o.Type == p.Type && slices.Equal(o.Features, p.Features) && o.MonthlyFee.Cmp(p.MonthlyFee) == 0 &&
		o.SetupFee.Cmp(p.SetupFee) == 0 && documents(o.Documents) == documents(p.Documents) && o.Vendor == p.Vendor && o.Came.Equal(p.Came)
}

// Kind is what numbers of a country and type cost.
type Kind struct {
	Median money.Amount // monthly fee of those for sale
	Lowest money.Amount // least monthly fee in Days
	Days   int          // 0 = now
	Count  int          // how many are for sale
}

// Hit is a number that began to fit a watch.
type Hit struct {
	Watch   string
	Seq     int // of the watch, from 1
	Offer   Offer
	Kind    Kind // what it compares to
	Found   time.Time
	Ended   time.Time // when it was seen that it fits no longer; zero = it does
	Batch   int       // of the message that tells it; 0 = none was begun
	Told    time.Time // zero = it was not
	Message string    // id of the message
}

// digits is the number as sets hold it.
func (h *Hit) digits() uint64 {
	n, err := strconv.ParseUint(strings.TrimPrefix(h.Offer.Number, "+"), 10, 64)
	if err != nil {
		return 0 // longer than any number is
	}
	return n
}

// Waiting reports whether the hit is still to be told.
func (h *Hit) Waiting() bool { return h.Told.IsZero() && (h.Ended.IsZero() || h.Batch > 0) }

// cheapest orders hits by what they cost.
func cheapest(a, b Hit) int {
	return cmp.Or(a.Offer.MonthlyFee.Cmp(b.Offer.MonthlyFee), a.Offer.SetupFee.Cmp(b.Offer.SetupFee), strings.Compare(a.Offer.Number, b.Offer.Number))
}

// sorted returns the hits, cheapest first.
func sorted(hits []Hit) []Hit {
	hits = slices.Clone(hits)
	slices.SortFunc(hits, cheapest)
	return hits
}

// clean is a name as it is kept.
func clean(name string) string { return strings.TrimSpace(sanitize.Clean(name, MaxName)) }
