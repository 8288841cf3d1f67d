package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/audit"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/phone"
	"didops/internal/request"
	"didops/internal/transaction"
	"didops/internal/view"
)

// ChangedEvent is the event of the audit trail by which a look tells that it found
// changes.
const ChangedEvent = "numbers changed"

// within ends a look that nobody waits for and that does not get on.
const within = 10 * time.Minute

// errSuperseded ends a look while which another one was kept.
var errSuperseded = errors.New("another look was kept meanwhile")

// superseded is why nothing of such a look is kept.
const superseded = "another look at the list was kept while this one read it"

// Look is what one look came to.
type Look struct {
	At       time.Time
	Complete bool   // else nothing was kept
	Reason   string // why not
	Numbers  int
	Missed   int // not shown for the first time: the next look decides
	Changes  []Change
}

// Look reads the list and keeps what changed. Errors are those of the exchange
// and of the store. One at a time is made by a service; who comes meanwhile waits.
func (s *Service) Look(ctx context.Context) (Look, error) {
	if err := s.take(ctx); err != nil {
		return Look{}, err
	}
	defer s.give()
	return s.look(ctx)
}

// take waits for the turn to look.
func (s *Service) take(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) give() { <-s.turn }

// look is Look by who has the turn.
func (s *Service) look(ctx context.Context) (Look, error) {
	head, err := s.head(ctx)
	if err != nil {
		return Look{}, err
	}
	clock := s.now()
	seen, reading, err := s.list(ctx, head.Own)
	if err != nil {
		s.observe(Look{}, err)
		return Look{}, err
	}
	if !reading.Complete {
		out := Look{At: clock, Reason: reading.Reason, Numbers: len(seen)}
		s.observe(out, nil)
		return out, nil
	}
	// What the list shows was journaled before it was sent: after the list, all of
	// it can be read.
	done, err := s.doings(ctx, head, clock)
	if err != nil {
		return Look{}, err
	}
	c := comparison{exchange: s.c.Exchange, head: head, at: s.after(head.At), clock: clock, proof: s.c.Proof, seen: seen, doings: done}
	out, err := s.keep(ctx, c)
	s.observe(out, err)
	return out, err
}

// after is the moment of a look: now, or later than that of the last one, where
// the clock was put back.
func (s *Service) after(last time.Time) time.Time {
	if now := s.now(); now.After(last) {
		return now
	}
	return last.Add(time.Microsecond)
}

// list reads the own list, of about so many numbers, with rows by their digits.
func (s *Service) list(ctx context.Context, about int) ([]exchange.Owned, exchange.Reading, error) {
	q := exchange.OwnedQuery{EachID: true}
	if request.InBackground(ctx) {
		q.Until = s.now().Add(within)
	}
	seen := make([]exchange.Owned, 0, about+about/50)
	reading, err := s.c.Reader.Owned(ctx, q, func(page []exchange.Owned) error {
		seen = append(seen, page...)
		request.Report(ctx, request.Progress{Done: len(seen), Text: view.Plural(len(seen), "own number") + " read"})
		return nil
	})
	return ordered(seen), reading, err
}

// keep compares and keeps what a look found. Of the first look of all that is one
// transaction; later, other writers need not wait for the comparison.
func (s *Service) keep(ctx context.Context, c comparison) (Look, error) {
	var p plan
	compared := c.head.Rev > 0
	compare := func(tx Tx) (err error) {
		own := c
		own.tx = tx
		p, err = own.run()
		return damaged(err)
	}
	if compared {
		if err := s.c.Store.Read(ctx, compare); err != nil {
			return Look{}, err
		}
	}
	var out Look
	err := s.c.Store.Write(ctx, func(tx Tx) error {
		head, err := tx.Head(s.c.Exchange)
		if err != nil {
			return err
		}
		if head.Rev != c.head.Rev {
			return errSuperseded
		}
		if !compared {
			if err := compare(tx); err != nil {
				return err
			}
		}
		out, err = s.write(tx, p)
		return err
	})
	if errors.Is(err, errSuperseded) {
		return Look{At: c.at, Reason: superseded, Numbers: len(c.seen)}, nil
	}
	return out, err
}

// write keeps what a comparison came to.
func (s *Service) write(tx Tx, p plan) (Look, error) {
	out := Look{At: p.head.At, Complete: true, Numbers: p.numbers, Missed: p.missed}
	for i := range p.rows {
		if err := tx.SaveRow(s.c.Exchange, &p.rows[i]); err != nil {
			return Look{}, err
		}
	}
	for _, n := range p.news {
		for i, k := range n.kinds {
			p.head.Seq++
			out.Changes = append(out.Changes, Change{
				Seq: p.head.Seq, At: p.head.At, Number: n.number, Kind: k.kind, Fields: k.fields, Order: n.orders[i], MonthlyFee: n.fee,
			})
		}
	}
	for i := range out.Changes {
		if err := tx.AddChange(s.c.Exchange, &out.Changes[i]); err != nil {
			return Look{}, err
		}
	}
	taken := map[string]Kept{}
	for number, l := range p.labels {
		k, err := tx.LabelsOf(s.c.Exchange, number)
		if err != nil {
			return Look{}, err
		}
		if k.takes(l.At) {
			taken[number] = l
		}
	}
	if err := tx.SaveLabels(s.c.Exchange, taken); err != nil {
		return Look{}, err
	}
	if len(out.Changes) > 0 {
		if _, _, err := tx.Append(s.entry(out.Changes)); err != nil {
			return Look{}, err
		}
	}
	return out, tx.SaveHead(s.c.Exchange, p.head)
}

// entry is what the trail tells of changes. Its Result begins with their numbers,
// which [Told] reads.
func (s *Service) entry(list []Change) audit.Entry {
	e := audit.Entry{Event: ChangedEvent, At: s.now(), Exchange: s.c.Exchange}
	counts := Counts(list)
	if !slices.ContainsFunc(list, func(c Change) bool { return c.Number != list[0].Number }) {
		e.Number = phone.Format(list[0].Number)
	}
	var words []string
	for _, k := range Kinds() {
		if counts[k] > 0 {
			words = append(words, fmt.Sprintf("%d %s", counts[k], k))
		}
	}
	e.Result = fmt.Sprintf("changes %d to %d: %s", list[0].Seq, list[len(list)-1].Seq, strings.Join(words, ", "))
	return e
}

// Told returns the first and the last of the changes that an entry of the trail
// tells of; not ok of an entry about something else.
func Told(e audit.Entry) (first, last int64, ok bool) {
	if e.Event != ChangedEvent {
		return 0, 0, false
	}
	n, err := fmt.Sscanf(e.Result, "changes %d to %d:", &first, &last)
	return first, last, err == nil && n == 2
}

// damaged returns the fault of what is kept and can't be read.
func damaged(err error) error {
	if errors.Is(err, ErrUnreadable) {
		return fault.New(fault.Unavailable, "what is kept of the own numbers can't be read: it is damaged, or of a newer didops").
			WithHint("Update didops, or put a backup of the store in its place.").WithCause(err)
	}
	return err
}

// head reads how the memory stands.
func (s *Service) head(ctx context.Context) (Head, error) {
	var h Head
	err := s.c.Store.Read(ctx, func(tx Tx) (err error) {
		h, err = tx.Head(s.c.Exchange)
		return err
	})
	return h, present(err)
}

// Standing is how the memory of the own numbers stands.
type Standing struct {
	First, At time.Time // of the first and last whole look; zero = there was none
	Numbers   int       // that are there
	Missed    int       // of those, not shown by the last look: the next one decides
}

// Standing reads how the memory stands. Errors are those of the store.
func (s *Service) Standing(ctx context.Context) (Standing, error) {
	h, err := s.head(ctx)
	return Standing{h.First, h.At, h.Own, h.Missed}, err
}

// present returns the error of a reading, but none where there is no store yet.
func present(err error) error {
	if errors.Is(err, transaction.ErrNone) {
		return nil
	}
	return err
}

// Counts returns how many changes there are of each kind.
func Counts(list []Change) map[Kind]int {
	counts := make(map[Kind]int, len(Kinds()))
	for _, c := range list {
		counts[c.Kind]++
	}
	return counts
}
