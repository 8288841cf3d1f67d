package order_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/order"
	"didops/internal/store"
)

// outside lets a bubble of virtual time use a store that has sockets. The
// store with its connections and goroutines is outside of the bubble; what is
// asked of it goes there and back over channels that are no bubble's, so that
// time in the bubble stands still meanwhile, as with a store in memory.
type outside struct {
	jobs chan func()
	free chan *visit
	now  atomic.Int64 // the time of the bubble, nanoseconds
}

// visit is a transaction that a bubble has outside.
type visit struct {
	news    chan bool           // true: it takes a step; false: it has ended
	steps   chan func(order.Tx) // nil: it was the last
	verdict error               // of the bubble
	err     error               // of the store
}

// mostVisits is how many transactions may be under way at once.
const mostVisits = 64

// newOutside works outside until the test ends. It must not be called in a
// bubble.
func newOutside(tb testing.TB) *outside {
	tb.Helper()
	o := &outside{jobs: make(chan func()), free: make(chan *visit, mostVisits)}
	for range mostVisits {
		o.free <- &visit{news: make(chan bool, 1), steps: make(chan func(order.Tx))}
		go func() {
			for do := range o.jobs {
				do()
			}
		}()
	}
	tb.Cleanup(func() { close(o.jobs) })
	return o
}

// open opens a store outside, as another process does.
func (o *outside) open(tb testing.TB, url string) (order.Store, func()) {
	tb.Helper()
	var s *store.Store
	err := o.run(func() (err error) {
		s, err = store.Open(store.Config{
			URL:  url,
			Now:  func() time.Time { return time.Unix(0, o.now.Load()) },
			Skew: 100 * 365 * 24 * time.Hour, // bubbles begin in the year 2000
		})
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return &outsider{o, s}, func() { _ = o.run(s.Close) }
}

// run does something outside.
func (o *outside) run(do func() error) error {
	v := <-o.free
	defer func() { o.free <- v }()
	o.jobs <- func() {
		v.err = do()
		v.news <- false
	}
	<-v.news
	return v.err
}

// transaction runs fn in the bubble, on a transaction that is outside.
func (o *outside) transaction(ctx context.Context, begin func(context.Context, func(order.Tx) error) error, fn func(order.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.now.Store(time.Now().UnixNano())
	v := <-o.free
	defer func() { o.free <- v }()
	o.jobs <- func() { //nolint:contextcheck // one of the bubble must not be touched outside
		v.err = begin(context.Background(), v.host)
		v.news <- false
	}
	for <-v.news {
		v.guest(fn)
	}
	return v.err
}

// host is what runs outside.
func (v *visit) host(tx order.Tx) error {
	for {
		v.news <- true
		step := <-v.steps
		if step == nil {
			return v.verdict
		}
		step(tx)
	}
}

var errGivenUp = errors.New("the test ended within a transaction")

// guest is what runs in the bubble.
func (v *visit) guest(fn func(order.Tx) error) {
	v.verdict = errGivenUp
	defer func() { v.steps <- nil }()
	v.verdict = fn(remote{v})
}

// do takes a step outside.
func (v *visit) do(step func(order.Tx)) {
	v.steps <- step
	<-v.news
}

// outsider is a store outside.
type outsider struct {
	o *outside
	s *store.Store
}

func (s *outsider) Read(ctx context.Context, fn func(order.Tx) error) error {
	return s.o.transaction(ctx, s.s.Read, fn)
}

func (s *outsider) Write(ctx context.Context, fn func(order.Tx) error) error {
	return s.o.transaction(ctx, s.s.Write, fn)
}

func (s *outsider) Head(ctx context.Context) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var seq int64
	err := s.o.run(func() (err error) { //nolint:contextcheck // see transaction
		seq, err = s.s.Head(context.Background())
		return err
	})
	return seq, err
}

// remote is a transaction outside, as the bubble has it.
type remote struct{ v *visit }

func (r remote) Key() (key []byte, err error) {
	r.v.do(func(tx order.Tx) { key, err = tx.Key() })
	return key, err
}

func (r remote) Order(id string) (o order.Record, err error) {
	r.v.do(func(tx order.Tx) { o, err = tx.Order(id) })
	return o, err
}

func (r remote) Insert(o order.Record) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.Insert(o) })
	return err
}

func (r remote) Save(o order.Record) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.Save(o) })
	return err
}

func (r remote) Requests(exchange, key string) (list []order.Record, err error) {
	r.v.do(func(tx order.Tx) { list, err = tx.Requests(exchange, key) })
	return list, err
}

func (r remote) Holder(exchange, number string) (id string, err error) {
	r.v.do(func(tx order.Tx) { id, err = tx.Holder(exchange, number) })
	return id, err
}

func (r remote) DoneSince(exchange string, numbers []string, since time.Time, but string) (was bool, err error) {
	r.v.do(func(tx order.Tx) { was, err = tx.DoneSince(exchange, numbers, since, but) })
	return was, err
}

func (r remote) CountOpen(exchange, requester string) (n int, err error) {
	r.v.do(func(tx order.Tx) { n, err = tx.CountOpen(exchange, requester) })
	return n, err
}

func (r remote) Orders(f order.Filter) (list []order.Record, err error) {
	r.v.do(func(tx order.Tx) { list, err = tx.Orders(f) })
	return list, err
}

func (r remote) Due(exchange string, now time.Time) (ids []string, err error) {
	r.v.do(func(tx order.Tx) { ids, err = tx.Due(exchange, now) })
	return ids, err
}

func (r remote) NextDue(exchange string) (at time.Time, err error) {
	r.v.do(func(tx order.Tx) { at, err = tx.NextDue(exchange) })
	return at, err
}

func (r remote) Looked(exchange string, now time.Time) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.Looked(exchange, now) })
	return err
}

func (r remote) Day(exchange, day string) (list []order.Reservation, err error) {
	r.v.do(func(tx order.Tx) { list, err = tx.Day(exchange, day) })
	return list, err
}

func (r remote) Append(e audit.Entry) (seq int64, hash string, err error) {
	r.v.do(func(tx order.Tx) { seq, hash, err = tx.Append(e) })
	return seq, hash, err
}

func (r remote) Entries(take func(audit.Kept) error) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.Entries(take) })
	return err
}

func (r remote) Lasts(take func(id string, seq int64, hash string) error) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.Lasts(take) })
	return err
}

func (r remote) Since(seq int64, most int) (list []audit.Kept, err error) {
	r.v.do(func(tx order.Tx) { list, err = tx.Since(seq, most) })
	return list, err
}

func (r remote) Behind(exchange string, most int) (list []order.CardRow, err error) {
	r.v.do(func(tx order.Tx) { list, err = tx.Behind(exchange, most) })
	return list, err
}

func (r remote) SaveCard(c order.CardRow) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.SaveCard(c) })
	return err
}

func (r remote) Mark(reader string) (seq int64, err error) {
	r.v.do(func(tx order.Tx) { seq, err = tx.Mark(reader) })
	return seq, err
}

func (r remote) SetMark(reader string, seq int64) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.SetMark(reader, seq) })
	return err
}

func (r remote) Lease(name, holder string, now, until time.Time) (ours bool, err error) {
	r.v.do(func(tx order.Tx) { ours, err = tx.Lease(name, holder, now, until) })
	return ours, err
}

func (r remote) Release(name, holder string) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.Release(name, holder) })
	return err
}

func (r remote) IssuePrompt(i order.Prompt) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.IssuePrompt(i) })
	return err
}

func (r remote) Prompt(hash string) (i order.Prompt, err error) {
	r.v.do(func(tx order.Tx) { i, err = tx.Prompt(hash) })
	return i, err
}

func (r remote) UsePrompt(hash string) (err error) {
	r.v.do(func(tx order.Tx) { err = tx.UsePrompt(hash) })
	return err
}

func (r remote) Stats(exchange string, now time.Time) (st order.Stats, err error) {
	r.v.do(func(tx order.Tx) { st, err = tx.Stats(exchange, now) })
	return st, err
}
